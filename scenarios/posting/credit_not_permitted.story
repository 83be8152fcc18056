Story: The table says per class, status and purpose who may receive

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to let an active bank send for subsidy
Ali pays Bina 1.00 PKR, for subsidy: rejected CREDIT_NOT_PERMITTED
the authority decides to let an active bank send and receive for subsidy
Ali pays Bina 1.00 PKR, for subsidy: admitted
