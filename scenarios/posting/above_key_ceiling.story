Story: A key moves no more at a time than its ceiling

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Imran and Iqra decide to register key IndusTill of Indus to transfer, lane 2, at most 100.00 PKR a transfer
Ali pays Bina 100.01 PKR, signed by IndusTill: rejected ABOVE_KEY_CEILING
Ali pays Bina 100.00 PKR, signed by IndusTill: admitted
Ali reserves 500.00 PKR for Bina, as Car: admitted
Indus posts 101.00 PKR of Car, signed by IndusTill: rejected ABOVE_KEY_CEILING
