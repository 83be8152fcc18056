Story: An act that no table knows does nothing

Indus acts to do act 99 with 1: rejected ACT_UNKNOWN
Amina proposes to do act 0 with 1: rejected ACT_UNKNOWN
