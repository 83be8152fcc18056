Story: A lane's messages are counted without gaps

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, with a sequence too far: refused sequence
Ali pays Bina 1.00 PKR: admitted
Ali pays Bina 1.00 PKR, with an earlier sequence: refused sequence
# A rejection uses its number, a refusal does not.
Ali pays Bina 9,000.00 PKR: rejected INSUFFICIENT_BALANCE
Ali pays Bina 1.00 PKR: admitted
