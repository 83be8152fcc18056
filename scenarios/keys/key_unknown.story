Story: Only a known key can be revoked

Amina acts to revoke the key of Nobody: rejected KEY_UNKNOWN
