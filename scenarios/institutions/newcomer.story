Story: A new bank from its licence to its first payment

the authority decides to license Jhelum as bank
the authority decides to enrol Jamil of Jhelum
the authority decides to enrol Javeria of Jhelum
the authority decides to register key Jamil of Jamil to propose and confirm, lane 1
the authority decides to register key Javeria of Javeria to propose and confirm, lane 2
Jamil and Javeria decide to register key Jhelum of Jhelum to transfer and account, lane 3
Jhelum acts to open a customer account Jan in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Jan is issued 10.00 PKR
Jan pays Bina 10.00 PKR: admitted
balances: Jan 0.00, Bina 10.00
