Story: A key does what its scope says and nothing else

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus proposes to enrol Zara of Indus: refused key scope
Indus acts to revoke the key of Imran: refused key scope
Ali pays Bina 1.00 PKR, signed by Imran: refused key scope
Imran acts to open a customer account Zain in PKR: refused key scope
Ghazala proposes to license Jhelum as bank: refused key scope
Imran proposes to recover Authority with key Raid: refused key scope
Authority acts to do act state_digest with 1 "x": refused key scope
