Story: A licence number names one firm

the authority decides to grant Safar the full licence SBP7
Amina proposes to grant Indus the full licence SBP7: rejected LICENCE_NUMBER_TAKEN
