Story: Who shall release a reservation must exist

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 1.00 PKR for Bina, releaser Nowhere: rejected RELEASER_UNKNOWN
