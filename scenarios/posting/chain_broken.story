Story: One bad transfer stops its whole chain, and the transfers beside the chain go on

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus sends one message:
    Ali pays Bina 1.00 PKR: admitted
    Ali pays Bina 2.00 PKR, linked: rejected CHAIN_BROKEN
    Ali pays Bina 9,000.00 PKR, linked: rejected INSUFFICIENT_BALANCE
    Ali pays Bina 3.00 PKR: rejected CHAIN_BROKEN
    Ali pays Bina 4.00 PKR: admitted
balances: Ali 995.00, Bina 5.00
