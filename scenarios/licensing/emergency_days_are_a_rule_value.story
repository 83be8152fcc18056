Story: How long an emergency stop may last is a dated value, changed by a message

the authority decides to grant Indus the full licence SBP1
the authority decides to set the rule emergency days max to 10
2 seconds pass
Amina proposes to stop Indus in an emergency for 11 days: rejected NUMBER_OUT_OF_RANGE
the authority decides to stop Indus in an emergency for 10 days
