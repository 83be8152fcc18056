Story: A bank can stop credits to its own customer's account

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ravi acts to change Bina, tier 1, no credit
Ali pays Bina 1.00 PKR: rejected CREDIT_ACCOUNT_BLOCKED
