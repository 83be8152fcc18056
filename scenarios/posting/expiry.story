Story: The node frees expired reservations by itself, oldest first

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, timeout 1 hour, as Rent: admitted
Ali reserves 20.00 PKR for Bina, timeout 2 hours, as Car: admitted
reserved: Ali 30.00
1 hour passes
the node itself records transfers: admitted
reservation Rent is closed
reservation Car is open
reserved: Ali 20.00
balances: Ali 1,000.00, Bina 0.00
Indus posts Rent: rejected PENDING_NOT_FOUND
2 hours pass
reserved: Ali 0.00
