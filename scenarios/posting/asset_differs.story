Story: Rupees do not turn into dollars on the way

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ravi acts to open a customer account Dana in USD
Ali pays Dana 1.00 PKR: rejected ASSET_DIFFERS
Ali pays Bina 1.00 USD: rejected ASSET_DIFFERS
