Story: A firm that winds down is handed to an administrator, who alone pays its customers out

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1
Amina proposes to appoint administrator key Adeel of Indus: rejected LICENCE_STATE
the authority decides to put the licence of Indus in state winding down for insolvency
the authority decides to appoint administrator key Adeel of Indus
Ali pays Bina 10.00 PKR, for withdrawal: refused key
Ali pays Bina 10.00 PKR, for withdrawal, signed by Adeel, on lane 200: admitted
Ali pays Bina 10.00 PKR, signed by Adeel, on lane 200: rejected DEBIT_NOT_PERMITTED
