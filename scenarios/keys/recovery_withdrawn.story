Story: A recovery that nobody needed is stopped by any one person of the authority

Ghazala proposes to recover Authority with key Rescue, as Rescue: admitted
Hamid confirms Rescue: admitted
3 days pass
Imran withdraws Rescue: rejected PROPOSAL_UNKNOWN
Chanda withdraws Rescue: admitted
4 days pass
the node itself records nothing
