Story: Neither payer nor payee can post what a third party is to release

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, releaser Clearing, as Rent: admitted
Indus posts Rent: rejected NOT_THE_RELEASER
Indus voids Rent: rejected NOT_THE_RELEASER
Ravi posts Rent: rejected NOT_THE_RELEASER
Clearing posts Rent: admitted
balances: Ali 990.00, Bina 10.00
