Story: Only an empty account is closed

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 10.00 PKR
Indus acts to close Ali: rejected ACCOUNT_NOT_EMPTY
Ali pays Bina 10.00 PKR
Indus acts to close Ali
