Story: An order fits the licence's state, and a firm that is licensed is stopped through its licence alone

Amina proposes to put the licence of Chenab in state suspended for insolvency: rejected LICENCE_STATE
the authority decides to grant Safar the full licence SBP7
Amina proposes to grant Safar the full licence SBP8: rejected LICENCE_STATE
Amina proposes to make Safar suspended: rejected LICENCE_STATE
Amina proposes to restore the licence of Safar: rejected LICENCE_STATE
the authority decides to put the licence of Safar in state revoked for insolvency
Amina proposes to put the licence of Safar in state suspended for insolvency: rejected LICENCE_STATE
# A firm whose licence ended may be licensed anew.
the authority decides to grant Safar the provisional licence SBP9
