Story: Only the authority licenses, stops and warns

Imran proposes to grant Indus the full licence SBP1: rejected NOT_IN_FORCE_HERE
Imran proposes to warn of Kolachi: rejected NOT_IN_FORCE_HERE
Authority acts to apply for a certificate: rejected NOT_IN_FORCE_HERE
the authority decides to warn of Kolachi
