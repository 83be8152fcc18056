Story: An act refers to what came before it

Indus acts to state a notice: admitted
Ravi acts to state a complaint, about entry 2, telling Indus: admitted
Ravi acts to state a complaint, about entry 99: rejected ENTRY_UNKNOWN
Ravi acts to state a complaint, about itself: rejected ENTRY_UNKNOWN
