Story: From the order to the first rejected payment is one block; customers can still take their money out

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1
Ali pays Bina 10.00 PKR: admitted
the authority decides to put the licence of Indus in state suspended for money laundering controls
Ali pays Bina 10.00 PKR: rejected DEBIT_NOT_PERMITTED
Ali pays Bina 10.00 PKR, for withdrawal: admitted
Bina pays Ali 5.00 PKR: rejected CREDIT_NOT_PERMITTED
Bina pays Ali 5.00 PKR, for return: admitted
Indus acts to open a customer account Zain in PKR, tier 1: rejected NOT_IN_FORCE_HERE
the authority decides to restore the licence of Indus
Ali pays Bina 10.00 PKR: admitted
