Story: A reservation that is done, or that is none of the sender's business, is not found

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Chenab sends one message:
    Chenab posts 10.00 PKR of Rent: rejected PENDING_NOT_FOUND
Indus posts Rent: admitted
Indus posts Rent: rejected PENDING_NOT_FOUND
balances: Ali 990.00, Bina 10.00
