Story: A court's order moves what nobody else could, and only two persons of the authority carry it out

Indus acts to open a customer account Ali in PKR, tier 1
Indus acts to open a customer account Heir in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to freeze Ali against debits and credits
the authority decides to order that Ali pays Heir 1,000.00 PKR
# It is executed by the node at the start of the next block.
1 second passes
the node itself records transfers: admitted
balances: Ali 0.00, Heir 1,000.00
