Story: One person proposes, another of the same institution confirms

Amina proposes to license Jhelum as bank, as Jhelum: admitted
proposal Jhelum is open
Bilal confirms Jhelum: admitted
proposal Jhelum is closed
Bilal confirms Jhelum: rejected PROPOSAL_UNKNOWN
Amina proposes to license Swat as exchange, as Swat: admitted
Chanda withdraws Swat: admitted
Bilal confirms Swat: rejected PROPOSAL_UNKNOWN
