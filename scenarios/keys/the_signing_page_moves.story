Story: Where persons sign is changed by two persons; a new relying party ends every passkey, unless nobody were left to decide

Imran and Iqra decide to let persons sign at https://sign.indus.example: rejected NOT_IN_FORCE_HERE
the authority decides to let persons sign at http://sign.nation.example: rejected NUMBER_OUT_OF_RANGE
the authority decides to let persons sign at https://sign.nation.example, without an order: rejected ACT_FIELDS_WRONG
the authority decides to let persons sign at https://sign.nation.example

Amina acts to rotate to key AminaPhone, as a passkey
AminaPhone and Bilal decide to let persons sign at https://other.example
# Amina's key went with the old page.
AminaPhone proposes to license Jhelum as bank: refused key
Bilal and Chanda decide to let persons sign at https://sign.nation.example

Bilal acts to rotate to key BilalToken, as a passkey
BilalToken and Chanda decide to let persons sign at https://other.example: rejected LAST_KEY_OF_AUTHORITY
