Story: No one person licenses, freezes or orders alone

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Amina acts to license Jhelum as bank: rejected ACT_NEEDS_CONFIRMATION
Amina acts to freeze Ali against debits: rejected ACT_NEEDS_CONFIRMATION
