Story: A bulk file may be signed by two persons instead of a system

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Imran and Iqra decide to register key ImranBulk of Imran to sign_bulk, lane 150
Imran and Iqra decide to register key IqraBulk of Iqra to sign_bulk, lane 150
Ali pays Bina 1.00 PKR, signed by ImranBulk and IqraBulk: admitted
Ali pays Bina 1.00 PKR, signed by ImranBulk: refused key scope
Ali pays Bina 1.00 PKR, signed by ImranBulk and Indus: refused key scope
Imran and Iqra decide to register key ImranSpare of Imran to sign_bulk, lane 150
Ali pays Bina 1.00 PKR, signed by ImranBulk and ImranSpare: refused key scope
# Both keys hold the lane, so that neither person's own lane is used by another.
Ali pays Bina 1.00 PKR, signed by ImranBulk and Iqra: refused lane
