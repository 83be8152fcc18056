Story: Nothing reaches an account frozen against credits

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to freeze Bina against credits
Ali pays Bina 1.00 PKR: rejected CREDIT_ACCOUNT_FROZEN
the authority decides to freeze Bina against debits
Ali pays Bina 1.00 PKR: admitted
