Story: Who may not hold an asset may not pay with it either

Indus acts to open a customer account Ali in TBILL
Ravi acts to open a customer account Fund in TBILL, held by a legal person
Ali pays Fund 1 TBILL: rejected DEBIT_HOLDER_CLASS
