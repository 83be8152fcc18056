Story: A payment without a proper UETR cannot be followed, so it is not taken

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with uetr 0: rejected UETR_NOT_VERSION_4
