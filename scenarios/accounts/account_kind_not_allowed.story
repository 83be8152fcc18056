Story: Only the issuer issues, only issuance goes below zero, only the State collects tax

Indus acts to open an issuance account Mint in PKR: rejected ACCOUNT_KIND_NOT_ALLOWED
Indus acts to open a tax account Tax in PKR: rejected ACCOUNT_KIND_NOT_ALLOWED
Indus acts to open a customer account Ali in PKR, may overdraw: rejected ACCOUNT_KIND_NOT_ALLOWED
Indus acts to open a customer account Ali in PKR
Indus acts to change Ali, may overdraw: rejected ACCOUNT_KIND_NOT_ALLOWED
Treasury acts to open a tax account Tax in PKR
Amina proposes to move Tax to Indus: rejected ACCOUNT_KIND_NOT_ALLOWED
Amina proposes to move PKR-issuance to Indus: rejected ACCOUNT_KIND_NOT_ALLOWED
