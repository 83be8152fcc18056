Story: A key signs for its own institution only

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, sent by Indus, signed by Ravi: refused key
