Story: A chain that waits for a next transfer which never comes is not posted

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus sends one message:
    Ali pays Bina 1.00 PKR, linked: rejected CHAIN_BROKEN
    Ali pays Bina 2.00 PKR, linked: rejected CHAIN_OPEN
balances: Ali 1,000.00, Bina 0.00
