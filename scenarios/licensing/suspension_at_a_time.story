Story: An order may take effect later; it does so by itself, at the first block of that time

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1
the authority decides to put the licence of Indus in state suspended for insolvency, in 3 days
Ali pays Bina 10.00 PKR: admitted
2 days pass
the node itself records nothing
Ali pays Bina 10.00 PKR: admitted
1 day passes
the node itself records an act
Ali pays Bina 10.00 PKR: rejected DEBIT_NOT_PERMITTED
