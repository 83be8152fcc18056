Story: Each process has its lane, and no other process writes there

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, on lane 10: refused lane
Ali pays Bina 1.00 PKR, on lane 9: admitted
Imran and Iqra decide to register key Till of Indus to transfer, lane 2
Ali pays Bina 1.00 PKR, signed by Till, on lane 1: refused lane
Ali pays Bina 1.00 PKR, signed by Till: admitted
