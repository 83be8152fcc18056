Story: In a chain each transfer sees the ones before it

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Indus acts to open a customer account Zain in PKR, tier 1
Indus sends one message:
    Ali pays Zain 700.00 PKR, linked: admitted
    Zain pays Bina 650.00 PKR: admitted
balances: Ali 300.00, Zain 50.00, Bina 650.00
