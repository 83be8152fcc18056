Story: A confirmation that cannot be carried out leaves the proposal open

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Amina proposes to do act register_asset with "AED" StateBank 2 0 1, as First: admitted
Bilal proposes to do act register_asset with "AED" StateBank 2 0 1, as Second: admitted
Chanda confirms First: admitted
Chanda confirms Second: rejected ASSET_EXISTS
proposal Second is open
Amina withdraws Second: admitted
