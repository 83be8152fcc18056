Story: Numbers of the rules have their ranges

Indus acts to do act open_accounts with 2 1 2 16 0 1: rejected NUMBER_OUT_OF_RANGE
Indus acts to do act open_accounts with 2 1 2 0 32 1: rejected NUMBER_OUT_OF_RANGE
Indus acts to do act open_accounts with 2 1 2 0 0 0: rejected NUMBER_OUT_OF_RANGE
Indus acts to do act statement with 99 0 0: rejected NUMBER_OUT_OF_RANGE
Amina proposes to set window_days to 0: rejected NUMBER_OUT_OF_RANGE
Amina proposes to set recovery_delay_seconds to 0: rejected NUMBER_OUT_OF_RANGE
Amina proposes to do act set_limit with 1 16 1 1: rejected NUMBER_OUT_OF_RANGE
Amina proposes to do act set_permissions with []: rejected NUMBER_OUT_OF_RANGE
Amina proposes to do act set_purpose with 1 1 0 60 0: rejected NUMBER_OUT_OF_RANGE
Indus acts to state a notice, answer due yesterday: rejected NUMBER_OUT_OF_RANGE
# The authority cannot silence itself: it would have no byte left to take that back.
Amina proposes to give Authority a quota of 0 bytes a day: rejected NUMBER_OUT_OF_RANGE
