Story: An account frozen by order pays nobody, and may still receive

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, as Rent: admitted
the authority decides to freeze Ali against debits
Ali pays Bina 1.00 PKR: rejected DEBIT_ACCOUNT_FROZEN
Indus posts Rent: rejected DEBIT_ACCOUNT_FROZEN
Ali is issued 5.00 PKR
the authority decides to unfreeze Ali
Indus posts Rent: admitted
balances: Ali 995.00, Bina 10.00
