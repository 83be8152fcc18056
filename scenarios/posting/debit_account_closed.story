Story: A closed account pays nobody

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus acts to open a customer account Zain in PKR, tier 1
Indus acts to close Zain
Zain pays Bina 1.00 PKR: rejected DEBIT_ACCOUNT_CLOSED
