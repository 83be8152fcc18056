Story: What has no meaning yet must be zero, so that it can have one later

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with reserved 1: rejected RESERVED_NOT_ZERO
Ali pays Bina 1.00 PKR, with flags 256: rejected RESERVED_NOT_ZERO
