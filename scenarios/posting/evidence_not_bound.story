Story: From the threshold up the evidence is bound before anyone signs

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to bind evidence from 100.00 PKR
Ali pays Bina 99.99 PKR: admitted
Ali pays Bina 100.00 PKR: rejected EVIDENCE_NOT_BOUND
Ali pays Bina 100.00 PKR, bound: admitted
