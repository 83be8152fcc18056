Story: Four eyes are two persons, whatever each signs with; a system never signs with a passkey

the authority decides to let persons sign at https://sign.nation.example
Amina acts to rotate to key AminaPhone, as a passkey
AminaPhone and Bilal decide to license Jhelum as bank
Bilal and AminaPhone decide to license Kabul as bank
AminaPhone and Bilal decide to register key ChandaPhone of Chanda to propose and confirm, as a passkey
Bilal and ChandaPhone decide to license Swat as bank

# A second key is not a second person.
Chanda proposes to license Gilgit as bank, as Gilgit: admitted
ChandaPhone confirms Gilgit: rejected SAME_PERSON

Imran and Iqra decide to register key IndusServer of Indus to transfer, as a passkey: rejected NUMBER_OUT_OF_RANGE
Indus acts to rotate to key IndusNew, as a passkey: rejected NUMBER_OUT_OF_RANGE
