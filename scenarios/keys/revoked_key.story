Story: A revoked key signs nothing from that entry on; one person is enough to stop a stolen key

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Imran and Iqra decide to register key Till of Indus to transfer, lane 2
Ali pays Bina 1.00 PKR, signed by Till: admitted
Imran acts to revoke the key of Till
Ali pays Bina 1.00 PKR, signed by Till: refused key
Ali pays Bina 1.00 PKR: admitted
Amina acts to revoke the key of Imran
Imran proposes to enrol Zara of Indus: refused key
