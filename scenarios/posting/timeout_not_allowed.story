Story: A reservation ties money up no longer than its purpose allows

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 1.00 PKR for Bina, timeout 31 days: rejected TIMEOUT_NOT_ALLOWED
Ali reserves 1.00 PKR for Bina, no timeout: rejected TIMEOUT_NOT_ALLOWED
Ali reserves 1.00 PKR for Bina, timeout 30 days: admitted
Ali reserves 1.00 PKR for Bina, no timeout, for settlement: admitted
