Story: Nobody registers a key that he cannot sign with

Imran proposes to register key Till of Indus to transfer, without possession: rejected POSSESSION_NOT_PROVED
Imran acts to rotate to key New, without possession: rejected POSSESSION_NOT_PROVED
