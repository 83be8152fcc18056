Story: An account that is not there pays nobody

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with debit 999999: rejected DEBIT_ACCOUNT_UNKNOWN
Ali pays Bina 1.00 PKR, with debit 0: rejected DEBIT_ACCOUNT_UNKNOWN
