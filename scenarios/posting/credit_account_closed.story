Story: Nothing can be paid into a closed account; a reservation for it can still be voided

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Ravi acts to close Bina
Ali pays Bina 1.00 PKR: rejected CREDIT_ACCOUNT_CLOSED
Indus posts Rent: rejected CREDIT_ACCOUNT_CLOSED
Indus voids Rent: admitted
balances: Ali 1,000.00
reserved: Ali 0.00
