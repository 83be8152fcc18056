Story: Of several faults the one earliest in the list is named

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 1,000.00 PKR
# Zero evidence (6) before amount (7) before an unknown account (20).
Ali pays Bina 0.00 PKR, with evidence 0, with debit 999999: rejected EVIDENCE_DIGEST_ZERO
Ali pays Bina 0.00 PKR, with debit 999999: rejected AMOUNT_OUT_OF_RANGE
# Not yours (30) before closed (40); closed (40) before not permitted (50) before the limit (61) before money (80).
Indus acts to open a customer account Zain in PKR, tier 1
Zain pays Bina 60,000.00 PKR: rejected TRANSFER_LIMIT
Zain pays Bina 40,000.00 PKR: rejected INSUFFICIENT_BALANCE
# Money (80) before duplicate (90), so that after a top-up the same payment can be sent again.
Bina pays Ali 10.00 PKR, UETR rent: rejected INSUFFICIENT_BALANCE
the authority decides to make Indus suspended
Zain pays Bina 60,000.00 PKR: rejected DEBIT_NOT_PERMITTED
Indus acts to close Zain
Zain pays Bina 60,000.00 PKR: rejected DEBIT_ACCOUNT_CLOSED
Zain pays Bina 60,000.00 PKR, sent by Ravi: rejected DEBIT_ACCOUNT_NOT_YOURS
