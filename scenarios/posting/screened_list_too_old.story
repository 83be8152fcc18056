Story: A list that was good two days ago does not say who is listed today

Indus acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Ali is issued 1,000.00 PKR
the authority decides to bind evidence from 100.00 PKR
the authority decides to set the rule list age days to 2
Authority acts to state a list version, number 1
1 day passes
Authority acts to state a list version, number 2
Ali pays Bina 100.00 PKR, bound, screened against list 1: admitted
1 day passes
Ali pays Bina 100.00 PKR, bound, screened against list 1: rejected SCREENED_LIST_TOO_OLD
Ali pays Bina 100.00 PKR, bound, screened against list 2: admitted
Ali pays Bina 1.00 PKR, screened against list 1: admitted
Ali pays Bina 1.00 PKR, screened against list 3: rejected SCREENED_LIST_UNKNOWN
1 day passes
# When no new list comes, what must be bound stops: silence is not clearance.
Ali pays Bina 100.00 PKR, bound, screened against list 2: rejected SCREENED_LIST_TOO_OLD
Authority acts to state a list version, number 3
Ali pays Bina 100.00 PKR, bound, screened against list 3: admitted
