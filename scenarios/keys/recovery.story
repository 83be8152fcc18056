Story: An authority that lost its keys is given new persons, after a delay in which it can object

Ghazala proposes to recover Authority with key Rescue, as Rescue: admitted
Ghazala confirms Rescue: rejected SAME_PERSON
Hamid confirms Rescue: admitted
Hamid confirms Rescue: rejected PROPOSAL_UNKNOWN
6 days pass
the node itself records nothing
proposal Rescue is open
1 day passes
the node itself records an act: admitted
proposal Rescue is closed
# One new person proposes, a second one is needed to confirm: the recovery set acts twice.
Ghazala proposes to recover Authority with key Second, as Second: admitted
Hamid confirms Second: admitted
7 days pass
the node itself records an act: admitted
