Story: A suspended firm sends nothing new; what it reserved before can only be voided

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, as Rent: admitted
the authority decides to make Indus suspended
Ali pays Bina 1.00 PKR: rejected DEBIT_NOT_PERMITTED
Indus posts Rent: rejected DEBIT_NOT_PERMITTED
Indus voids Rent: admitted
the authority decides to make Indus active
Ali pays Bina 1.00 PKR: admitted
