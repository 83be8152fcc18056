Story: A part post frees the rest, unless it is told to keep it

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 100.00 PKR for Bina, as Rent: admitted
available: Ali 900.00
Indus posts 30.00 PKR of Rent, keep the rest: admitted
balances: Ali 970.00, Bina 30.00
reserved: Ali 70.00
Indus posts 30.00 PKR of Rent: admitted
balances: Ali 940.00, Bina 60.00
reserved: Ali 0.00
reservation Rent is closed
Ali reserves 50.00 PKR for Bina, as Car: admitted
Indus posts 50.00 PKR of Car, keep the rest: admitted
reservation Car is closed
