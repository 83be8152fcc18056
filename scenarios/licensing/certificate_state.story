Story: A certificate goes step by step, and what is over is over

Amina proposes to certify Chenab for 180 days: rejected CERTIFICATE_STATE
Chenab acts to apply for a certificate
Chenab acts to apply for a certificate: rejected CERTIFICATE_STATE
the authority decides to certify Chenab for 180 days
Amina proposes to note that Chenab is incorporated: rejected CERTIFICATE_STATE
Amina proposes to grant Chenab the full licence PVARA1: rejected CERTIFICATE_STATE
the authority decides to revoke the certificate of Chenab for not progressing
Amina proposes to note that Chenab is goaml registered: rejected CERTIFICATE_STATE
# The firm may begin anew.
Chenab acts to apply for a certificate
