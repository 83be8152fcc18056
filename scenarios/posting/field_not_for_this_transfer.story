Story: Releaser and time-out belong to reservations, a position to posts and voids

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, releaser Clearing: rejected FIELD_NOT_FOR_THIS_TRANSFER
Ali pays Bina 1.00 PKR, timeout 1 hour: rejected FIELD_NOT_FOR_THIS_TRANSFER
Ali pays Bina 1.00 PKR, with pending 8192: rejected FIELD_NOT_FOR_THIS_TRANSFER
Ali reserves 1.00 PKR for Bina, with pending 8192: rejected FIELD_NOT_FOR_THIS_TRANSFER
