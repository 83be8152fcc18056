Story: A proposal does not wait for ever

Amina proposes to license Jhelum as bank, as Jhelum: admitted
29 days pass
proposal Jhelum is open
1 day passes
Bilal confirms Jhelum: rejected PROPOSAL_EXPIRED
# The next proposal sweeps the table.
Amina proposes to license Swat as exchange, as Swat: admitted
proposal Jhelum is closed
