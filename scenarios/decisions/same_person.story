Story: Two keys of one person count once

Amina proposes to license Jhelum as bank, as Jhelum: admitted
Amina confirms Jhelum: rejected SAME_PERSON
Bilal and Chanda decide to register key AminaSpare of Amina to propose and confirm, lane 150
AminaSpare confirms Jhelum: rejected SAME_PERSON
proposal Jhelum is open
Bilal confirms Jhelum: admitted
