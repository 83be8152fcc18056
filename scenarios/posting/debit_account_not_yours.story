Story: No bank reaches into another bank's accounts

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, sent by Ravi: rejected DEBIT_ACCOUNT_NOT_YOURS
Ali reserves 1.00 PKR for Bina, sent by Ravi: rejected DEBIT_ACCOUNT_NOT_YOURS
balances: Ali 1,000.00, Bina 0.00
