Story: Once the rule is in force, a message with large items names the list that they were screened against

Indus acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Ali is issued 1,000.00 PKR
the authority decides to bind evidence from 100.00 PKR
Ali pays Bina 100.00 PKR, bound: admitted
the authority decides to set the rule list age days to 2
2 seconds pass
Ali pays Bina 100.00 PKR, bound: rejected SCREENED_LIST_MISSING
# Below the threshold nothing is asked; that evidence is not bound at all is said first.
Ali pays Bina 99.99 PKR: admitted
Ali pays Bina 100.00 PKR: rejected EVIDENCE_NOT_BOUND
Authority acts to state a list version, number 1
Ali pays Bina 100.00 PKR, bound, screened against list 1: admitted
# The rule is a dated value: set to 0 it asks nothing any more.
the authority decides to set the rule list age days to 0
2 seconds pass
Ali pays Bina 100.00 PKR, bound: admitted
