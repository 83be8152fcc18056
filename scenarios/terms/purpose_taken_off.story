Story: A reservation outlives its purpose: it can be posted, voided, and expires as it should

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Ali reserves 10.00 PKR for Bina, for subsidy, as First: admitted
Ali reserves 20.00 PKR for Bina, for subsidy, as Second: admitted
Ali reserves 40.00 PKR for Bina, for subsidy, as Third: admitted
the authority decides to stop the purpose subsidy
Ali pays Bina 1.00 PKR, for subsidy: rejected PURPOSE_UNKNOWN
Indus posts First: admitted
Indus voids Second: admitted
1 day passes
the node itself records transfers: admitted
balances: Ali 990.00, Bina 10.00
reserved: Ali 0.00
