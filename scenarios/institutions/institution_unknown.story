Story: What is decided is decided about someone

Amina proposes to make Nobody suspended: rejected INSTITUTION_UNKNOWN
Amina proposes to give Nobody a quota of 1,000 bytes a day: rejected INSTITUTION_UNKNOWN
