Story: The customers of a suspended firm can still take their money out

Chenab acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account AliAtRavi in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to make Chenab suspended
Ali pays AliAtRavi 10.00 PKR: rejected DEBIT_NOT_PERMITTED
Ali pays AliAtRavi 900.00 PKR, for withdrawal: admitted
AliAtRavi pays Ali 1.00 PKR: rejected CREDIT_NOT_PERMITTED
the authority decides to make Chenab revoked
Ali pays AliAtRavi 100.00 PKR, for withdrawal: rejected DEBIT_NOT_PERMITTED
the authority decides to make Chenab winding down
Ali pays AliAtRavi 100.00 PKR, for withdrawal: admitted
balances: Ali 0.00, AliAtRavi 1,000.00
