Story: An account moves to a successor with all that is in it

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to move Ali to Ravi
Ali pays Bina 1.00 PKR, sent by Indus: rejected DEBIT_ACCOUNT_NOT_YOURS
Ali pays Bina 1.00 PKR: admitted
