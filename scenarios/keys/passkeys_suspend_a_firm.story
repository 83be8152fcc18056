Story: Two officers suspend a firm, each with a passkey; what they sign to sign in is not a signature

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the full licence SBP1

# Without a signing page there is none to sign on.
Amina acts to rotate to key AminaPhone, as a passkey: rejected POSSESSION_NOT_PROVED
the authority decides to let persons sign at https://sign.nation.example
Amina acts to rotate to key AminaPhone, as a passkey, made on the sign-in page: rejected POSSESSION_NOT_PROVED
Amina acts to rotate to key AminaPhone, as a passkey
Bilal acts to rotate to key BilalToken, as a passkey

AminaPhone proposes to put the licence of Indus in state suspended for money laundering controls, signed on the sign-in page: refused signing page
AminaPhone proposes to put the licence of Indus in state suspended for money laundering controls, as Suspension: admitted
AminaPhone confirms Suspension: rejected SAME_PERSON
Ali pays Bina 10.00 PKR: admitted
BilalToken confirms Suspension: admitted
Ali pays Bina 10.00 PKR: rejected DEBIT_NOT_PERMITTED
