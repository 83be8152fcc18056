Story: A small account makes small payments

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 60,000.00 PKR
Ali pays Bina 50,000.01 PKR: rejected TRANSFER_LIMIT
Ali reserves 50,000.01 PKR for Bina: rejected TRANSFER_LIMIT
Ali pays Bina 50,000.00 PKR: admitted
the authority decides to limit tier 1 to 100.00 a transfer and 100,000.00 PKR a day
Ali pays Bina 100.01 PKR: rejected TRANSFER_LIMIT
