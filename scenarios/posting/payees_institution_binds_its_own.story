Story: Who holds the payee's account screens too, and binds its own evidence when it posts

Indus acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Ali is issued 1,000.00 PKR
the authority decides to bind evidence from 100.00 PKR
Ali reserves 100.00 PKR for Bina, releaser Ravi, bound, as Rent
Ravi posts 40.00 PKR of Rent, keep the rest: rejected EVIDENCE_NOT_BOUND
Ravi posts 40.00 PKR of Rent, keep the rest, bound: admitted
Ravi posts Rent, bound: admitted
# Below the threshold, and for a settlement agent, who holds no account of either, nothing is asked.
Ali reserves 99.00 PKR for Bina, releaser Ravi, as Food
Ravi posts Food: admitted
Ali reserves 100.00 PKR for Bina, releaser Clearing, bound, as Goods
Clearing posts Goods: admitted
# The list that the payee's institution screened against may not be too old either.
the authority decides to set the rule list age days to 1
2 seconds pass
Authority acts to state a list version, number 1
Ali reserves 100.00 PKR for Bina, releaser Ravi, bound, screened against list 1, as Wages
Ravi posts Wages, bound: rejected SCREENED_LIST_MISSING
Ravi posts Wages, bound, screened against list 1: admitted
