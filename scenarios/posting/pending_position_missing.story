Story: A post or void says which reservation it means, and an earlier message made it

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with flags 4: rejected PENDING_POSITION_MISSING
Ali pays Bina 1.00 PKR, with flags 4, with pending 99999999: rejected PENDING_POSITION_MISSING
