Story: A firm licensed for custody keeps what its customers bring, and pays nobody on their behalf

Chenab acts to open a customer account Ali in PKR
Ravi acts to open a customer account AliAtRavi in PKR
Ali is issued 1,000.00 PKR
Ali pays AliAtRavi 10.00 PKR: admitted
Chenab acts to apply for a certificate
the authority decides to certify Chenab for 180 days
the authority decides to note that Chenab is goaml registered
the authority decides to note that Chenab is incorporated
the authority decides to note the licence filed by Chenab
the authority decides to grant Chenab the limited licence PVARA1, for custody
Ali pays AliAtRavi 10.00 PKR: rejected DEBIT_NOT_LICENSED
# What no licence is needed for: a customer takes out, and dues are paid.
Ali pays AliAtRavi 10.00 PKR, for withdrawal: admitted
Ali pays AliAtRavi 10.00 PKR, for fee: admitted
# The licence is widened by another decision, and acts from that entry on.
the authority decides to vary the licence of Chenab to limited, for custody plus transfer and settlement
Ali pays AliAtRavi 10.00 PKR: admitted
Ali pays AliAtRavi 10.00 PKR, for exchange trade: rejected DEBIT_NOT_LICENSED
