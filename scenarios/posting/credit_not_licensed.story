Story: A firm licensed to run a market takes deposits and settles trades, but is no payment service

Chenab acts to open a customer account Ali in PKR
Ravi acts to open a customer account Bina in PKR
Bina is issued 1,000.00 PKR
Chenab acts to apply for a certificate
the authority decides to certify Chenab for 180 days
the authority decides to note that Chenab is goaml registered
the authority decides to note that Chenab is incorporated
the authority decides to note the licence filed by Chenab
the authority decides to grant Chenab the full licence PVARA1, for exchange
Bina pays Ali 10.00 PKR: rejected CREDIT_NOT_LICENSED
Bina pays Ali 10.00 PKR, for remittance: rejected CREDIT_NOT_LICENSED
Bina pays Ali 10.00 PKR, for deposit: admitted
Bina pays Ali 10.00 PKR, for return: admitted
# A reservation made before stands under the licence that is in force when it is posted.
Bina reserves 5.00 PKR for Ali, for deposit, as Deposit
the authority decides to vary the licence of Chenab to limited, for advisory
Ravi posts Deposit: rejected CREDIT_NOT_LICENSED
Ravi voids Deposit: admitted
