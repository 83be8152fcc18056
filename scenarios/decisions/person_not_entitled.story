Story: The recovery set decides on recoveries and on nothing else, and only about an authority

Ghazala proposes to recover Authority with key Rescue, as Rescue: admitted
Bilal confirms Rescue: rejected PERSON_NOT_ENTITLED
Ghazala proposes to recover Indus with key Raid: rejected PERSON_NOT_ENTITLED
