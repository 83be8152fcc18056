Story: The releaser can let the money go

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 100.00 PKR for Bina, as Rent: admitted
Indus voids Rent: admitted
reserved: Ali 0.00
balances: Ali 1,000.00, Bina 0.00
Indus voids Rent: rejected PENDING_NOT_FOUND
