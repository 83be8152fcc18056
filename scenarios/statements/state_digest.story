Story: The node writes the digest of the whole state into the record

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the node records the state digest: admitted
Ali pays Bina 1.00 PKR
the node records the state digest: admitted
