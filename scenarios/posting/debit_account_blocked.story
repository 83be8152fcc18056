Story: A bank can stop debits of its own customer's account

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus acts to change Ali, tier 1, no debit
Ali pays Bina 1.00 PKR: rejected DEBIT_ACCOUNT_BLOCKED
Indus acts to change Ali, tier 1
Ali pays Bina 1.00 PKR: admitted
