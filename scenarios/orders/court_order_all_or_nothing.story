Story: The transfers of one order happen together or not at all

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to order that Ali pays Bina 600.00 PKR and Ali pays Bina 600.00 PKR
1 second passes
balances: Ali 1,000.00, Bina 0.00
the authority decides to order that Ali pays Bina 600.00 PKR and Bina pays Ali 100.00 PKR
1 second passes
the node itself records transfers: admitted
balances: Ali 500.00, Bina 500.00
