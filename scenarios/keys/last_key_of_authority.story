Story: The authority cannot saw off the branch it sits on

Amina acts to revoke the key of Chanda: admitted
Amina acts to revoke the key of Bilal: rejected LAST_KEY_OF_AUTHORITY
Amina proposes to dismiss Bilal: rejected LAST_KEY_OF_AUTHORITY
Amina proposes to dismiss Chanda: admitted
# Nor can it, or one person of it, do away with the recovery set; a new member first, then the old one may go.
Amina acts to revoke the key of Hamid: rejected LAST_KEY_OF_AUTHORITY
Amina proposes to dismiss Hamid: rejected LAST_KEY_OF_AUTHORITY
Amina and Bilal decide to enrol Tariq of Treasury for recovery
Amina and Bilal decide to register key Tariq of Tariq to recover
Amina acts to revoke the key of Hamid: admitted
Amina and Bilal decide to dismiss Hamid
