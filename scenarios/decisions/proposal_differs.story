Story: Who confirms has read what he confirms

Amina proposes to license Jhelum as bank, as Jhelum: admitted
Bilal confirms Jhelum, without having read it: rejected PROPOSAL_DIFFERS
Bilal confirms Jhelum: admitted
