Story: What is revoked stays revoked

Imran and Iqra decide to register key Till of Indus to transfer
Imran acts to revoke the key of Till
Imran acts to revoke the key of Till: rejected KEY_ALREADY_REVOKED
