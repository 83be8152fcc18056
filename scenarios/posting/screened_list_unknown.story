Story: Nobody can claim to have screened against a list that the record does not know

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali pays Bina 1.00 PKR, screened against list 1: rejected SCREENED_LIST_UNKNOWN
Authority acts to state a list version, number 1
the newest list is version 1
Ali pays Bina 1.00 PKR, screened against list 1: admitted
