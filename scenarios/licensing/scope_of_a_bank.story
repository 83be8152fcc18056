Story: A bank's payments follow from its own law and class; a licence for virtual assets takes nothing away

Indus acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Ali is issued 1,000.00 PKR
the authority decides to grant Indus the limited licence PVARA2, for custody
Ali pays Bina 10.00 PKR: admitted
