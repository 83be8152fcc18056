Story: Systems, persons and the recovery set each have rights of their own

# A system's key never decides, a person's key never moves money by itself.
Imran proposes to register key Till of Indus to transfer and confirm: rejected SCOPE_NOT_ALLOWED
Imran proposes to register key ImranSpare of Imran to transfer: rejected SCOPE_NOT_ALLOWED
# A bank's two persons cannot make themselves the recovery set, and so take the authority over.
Imran proposes to register key ImranSpare of Imran to recover: rejected SCOPE_NOT_ALLOWED
Amina proposes to register key AminaSpare of Amina to recover: rejected SCOPE_NOT_ALLOWED
Amina proposes to register key GhazalaSpare of Ghazala to recover and confirm: rejected SCOPE_NOT_ALLOWED
