Story: An account that is not there, or closed for good, cannot be changed

Indus acts to change Nobody: rejected ACCOUNT_UNKNOWN
Indus acts to open a customer account Ali in PKR
Indus acts to close Ali
Indus acts to change Ali: rejected ACCOUNT_UNKNOWN
Amina proposes to freeze Nobody against debits: rejected ACCOUNT_UNKNOWN
Amina proposes to move Nobody to Ravi: rejected ACCOUNT_UNKNOWN
