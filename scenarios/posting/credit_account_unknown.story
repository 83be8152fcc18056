Story: Money is not sent to an account that is not there

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Nobody 1.00 PKR: rejected CREDIT_ACCOUNT_UNKNOWN
Ali pays Bina 1.00 PKR, with credit 0: rejected CREDIT_ACCOUNT_UNKNOWN
