Story: A transfer is one thing: immediate, a reservation, a post or a void

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 1.00 PKR for Bina, with flags 4: rejected FLAGS_CONTRADICT
Ali pays Bina 1.00 PKR, with flags 12: rejected FLAGS_CONTRADICT
Ali pays Bina 1.00 PKR, keep the rest: rejected FLAGS_CONTRADICT
