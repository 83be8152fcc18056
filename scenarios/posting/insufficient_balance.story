Story: Nobody pays more than is there; after a top-up the same payment goes through

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 10.00 PKR
Ali pays Bina 10.01 PKR, UETR rent: rejected INSUFFICIENT_BALANCE
balances: Ali 10.00, Bina 0.00
Ali is issued 5.00 PKR
Ali pays Bina 10.01 PKR, UETR rent: admitted
balances: Ali 4.99, Bina 10.01
