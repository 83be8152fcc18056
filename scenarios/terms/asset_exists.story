Story: An issuer registers an identifier once; another issuer's claim of the same name is another asset

the authority decides to register asset 4H95J0R2X of Ravi
Amina proposes to register asset 4H95J0R2X of Ravi: rejected ASSET_EXISTS
Amina proposes to register asset 4H95J0R2X of Chenab: rejected ASSET_EXISTS
