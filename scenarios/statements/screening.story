Story: After an immediate credit the payee's institution states what it found, naming the payment's entry

Indus acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Ali is issued 1,000.00 PKR
Ali pays Bina 100.00 PKR: admitted
Ravi acts to state a screening, about entry 5: admitted
Ravi acts to state a finding, about entry 5, telling Authority: admitted
Ravi acts to state a finding, about itself: rejected ENTRY_UNKNOWN
Ravi acts to state a screening, without a text: rejected ACT_FIELDS_WRONG
