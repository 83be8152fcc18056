Story: Or the authority names another releaser

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, releaser Clearing, as Rent: admitted
the authority decides to let StateBank release Rent
Clearing posts Rent: rejected PENDING_NOT_FOUND
StateBank posts Rent: admitted
balances: Ali 990.00, Bina 10.00
