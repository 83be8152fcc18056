Story: A post repeats the reservation that it means, so that both sides read the same

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus acts to open a customer account Zain in PKR, tier 1
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Ali pays Zain 10.00 PKR, with flags 4, naming reservation Rent: rejected PENDING_DIFFERS
Indus posts 10.00 PKR of Rent, for remittance: rejected PENDING_DIFFERS
Indus posts 10.00 PKR of Rent: admitted
