Story: A releaser cannot take more than was reserved

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, as Rent: admitted
Indus posts 10.01 PKR of Rent: rejected POST_EXCEEDS_RESERVED
Indus posts 4.00 PKR of Rent, keep the rest: admitted
Indus posts 6.01 PKR of Rent: rejected POST_EXCEEDS_RESERVED
Indus posts 6.00 PKR of Rent: admitted
