Story: The authority cannot saw off the branch it sits on

Amina acts to revoke the key of Chanda: admitted
Amina acts to revoke the key of Bilal: rejected LAST_KEY_OF_AUTHORITY
Amina proposes to dismiss Bilal: rejected LAST_KEY_OF_AUTHORITY
Amina proposes to dismiss Chanda: admitted
