Story: A certificate whose licence is not filed in time lapses by itself

Chenab acts to apply for a certificate
the authority decides to certify Chenab for 90 days
the authority decides to note that Chenab is goaml registered
90 days pass
the node itself records an act
Amina proposes to note that Chenab is incorporated: rejected CERTIFICATE_STATE
