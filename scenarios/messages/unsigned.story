Story: A message without a signature is refused

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, unsigned: refused signature
