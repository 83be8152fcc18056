Story: A proposal of others is not there: nobody learns which entries were proposals

Amina proposes to license Jhelum as bank, as Jhelum: admitted
Imran confirms Jhelum: rejected PROPOSAL_UNKNOWN
Imran withdraws Jhelum: rejected PROPOSAL_UNKNOWN
Imran confirms Jhelum, without having read it: rejected PROPOSAL_UNKNOWN
proposal Jhelum is open
