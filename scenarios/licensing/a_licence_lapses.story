Story: A licence with an end lapses by itself

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1, until 100 days on
Ali pays Bina 10.00 PKR: admitted
100 days pass
the node itself records an act
Ali pays Bina 10.00 PKR: rejected DEBIT_NOT_PERMITTED
