Story: Its bank cannot lift what an order froze

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to freeze Ali against debits and credits
Indus acts to change Ali, tier 1
Ali pays Bina 1.00 PKR: rejected DEBIT_ACCOUNT_FROZEN
Bina pays Ali 1.00 PKR: rejected CREDIT_ACCOUNT_FROZEN
