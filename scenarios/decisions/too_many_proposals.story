Story: The table of open proposals is not a place to fill

Imran proposes to enrol Zara of Indus 1,024 times
Imran proposes to enrol Zara of Indus, as Last: rejected TOO_MANY_PROPOSALS
# Others are not shut out by it.
Amina proposes to license Jhelum as bank: admitted
30 days pass
Imran proposes to enrol Zara of Indus: admitted
