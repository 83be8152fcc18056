Story: A bank changes only its own accounts

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus acts to change Bina, no debit: rejected ACCOUNT_NOT_YOURS
Authority acts to change Bina, no debit: rejected ACCOUNT_NOT_YOURS
