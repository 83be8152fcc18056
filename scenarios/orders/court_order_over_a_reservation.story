Story: When a releaser has failed, the court posts or voids in its place

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, releaser Clearing, no timeout, for settlement, as Rent: admitted
Ali reserves 20.00 PKR for Bina, releaser Clearing, no timeout, for settlement, as Car: admitted
the authority decides to make Clearing revoked
the authority decides to order that Clearing posts Rent and Clearing voids Car
1 second passes
the node itself records transfers: admitted
balances: Ali 990.00, Bina 10.00
reserved: Ali 0.00
