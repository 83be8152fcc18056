Story: Net settlement has its flags and is not in use

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, net: rejected FLAG_NOT_YET_ALLOWED
Ali pays Bina 1.00 PKR, unreserved: rejected FLAG_NOT_YET_ALLOWED
