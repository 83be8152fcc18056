Story: A bank cannot license, freeze or make lists

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
Imran proposes to license Jhelum as bank: rejected NOT_IN_FORCE_HERE
Imran proposes to freeze Bina against debits: rejected NOT_IN_FORCE_HERE
Imran proposes to enrol Spy of Ravi: rejected NOT_IN_FORCE_HERE
Imran proposes to enrol Friend of Indus for recovery: rejected NOT_IN_FORCE_HERE
Imran proposes to register key Spy of Rabia to confirm: rejected NOT_IN_FORCE_HERE
Imran acts to revoke the key of Rabia: rejected NOT_IN_FORCE_HERE
Indus acts to state a list version, number 1: rejected NOT_IN_FORCE_HERE
