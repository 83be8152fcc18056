Story: Amounts are whole, positive and have 63 bits; a void has none

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 0.00 PKR: rejected AMOUNT_OUT_OF_RANGE
Ali pays Bina 92,233,720,368,547,758.08 PKR: rejected AMOUNT_OUT_OF_RANGE
Ali pays Bina 92,233,720,368,547,758.07 PKR, bound: rejected TRANSFER_LIMIT
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Indus sends one message:
    Indus posts 0.00 PKR of Rent: rejected AMOUNT_OUT_OF_RANGE
    Indus voids Rent, with amount 1: rejected AMOUNT_OUT_OF_RANGE
    Indus voids Rent: admitted
