Story: An emergency stop takes no hearing, is for 30 days at most, and ends by itself

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1
Amina proposes to stop Indus in an emergency for 31 days: rejected NUMBER_OUT_OF_RANGE
the authority decides to stop Indus in an emergency for 30 days
Ali pays Bina 10.00 PKR: rejected DEBIT_NOT_PERMITTED
Amina proposes to stop Indus in an emergency for 30 days: rejected LICENCE_STATE
30 days pass
the node itself records an act
Ali pays Bina 10.00 PKR: admitted
# It may also be lifted earlier; then nothing happens at its end.
the authority decides to stop Indus in an emergency for 10 days
the authority decides to lift the emergency stop of Indus
Ali pays Bina 10.00 PKR: admitted
10 days pass
the node itself records nothing
