Story: An institution's bytes a day are bounded, by the jurisdiction's own day

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to give Indus a quota of 1,000 bytes a day
the clock shows 00:00
Ali pays Bina 1.00 PKR: admitted
Ali pays Bina 1.00 PKR: admitted
Ali pays Bina 1.00 PKR: admitted
Ali pays Bina 1.00 PKR: refused quota
# Others are not affected. Persons are not held to it: they must still be able to revoke a stolen key.
Bina pays Ali 1.00 PKR: admitted
Imran proposes to enrol Zara of Indus
the clock shows 23:59
Ali pays Bina 1.00 PKR: refused quota
1 minute passes
Ali pays Bina 1.00 PKR: admitted
