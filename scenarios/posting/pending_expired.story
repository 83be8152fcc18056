Story: After its time a reservation cannot be posted, even before the node has freed it

# The node looks for expired reservations in the first block of each second.
Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the clock shows 10:01
Ali reserves 10.00 PKR for Bina, timeout 60 seconds, as Rent: admitted
the clock shows 10:02
the node itself records nothing
reservation Rent is open
Indus posts Rent: rejected PENDING_EXPIRED
1 second passes
the node itself records transfers: admitted
reservation Rent is closed
