Story: Who keeps his own keys is not debited on the bank's word alone

Indus acts to open a customer account Ali in PKR, tier 1, holder signs
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR: rejected HOLDER_SIGNATURE_MISSING
