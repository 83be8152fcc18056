Story: From the no-objection certificate to the licence, each step after the one before

Chenab acts to apply for a certificate
the authority decides to certify Chenab for 180 days
the authority decides to note that Chenab is goaml registered
the authority decides to note that Chenab is incorporated
the authority decides to note the licence filed by Chenab
the authority decides to grant Chenab the full licence PVARA1
