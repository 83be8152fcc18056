Story: What one person may do is not proposed

Amina proposes to state a notice: rejected ACT_NEEDS_NO_CONFIRMATION
Amina proposes to revoke the key of Imran: rejected ACT_NEEDS_NO_CONFIRMATION
