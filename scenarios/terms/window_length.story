Story: A new length of the duplicate window takes effect in time, and forgets nothing before

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, UETR rent: admitted
the authority decides to set window_days to 1
Ali pays Bina 1.00 PKR, UETR rent: rejected DUPLICATE
1 day passes
Ali pays Bina 1.00 PKR, UETR rent: rejected DUPLICATE
1 day passes
Ali pays Bina 1.00 PKR, UETR rent: admitted
# And longer again: the window still turns.
the authority decides to set window_days to 28
28 days pass
Ali pays Bina 1.00 PKR, UETR rent: rejected DUPLICATE
56 days pass
Ali pays Bina 1.00 PKR, UETR rent: admitted
