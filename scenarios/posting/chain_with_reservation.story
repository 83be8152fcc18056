Story: A reservation made in a message cannot be posted in the same message, chained or not

# The position would be the message's own; a post names an earlier message's reservation.
Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus sends one message:
    Ali reserves 100.00 PKR for Bina, linked: rejected CHAIN_BROKEN
    Ali pays Bina 5.00 PKR, linked: rejected CHAIN_BROKEN
    Ali pays Bina 5.00 PKR, with flags 4: rejected PENDING_POSITION_MISSING
balances: Ali 1,000.00, Bina 0.00
reserved: Ali 0.00
Ali reserves 1,000.00 PKR for Bina: admitted
