Story: A payment to oneself is none

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Ali 1.00 PKR: rejected ACCOUNTS_ARE_THE_SAME
