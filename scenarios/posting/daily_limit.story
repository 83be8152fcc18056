Story: The daily limit counts by the jurisdiction's own midnight

Indus acts to open a customer account Ali in PKR, tier 1
Ravi acts to open a customer account Bina in PKR, tier 1
Ali is issued 200,000.00 PKR
the clock shows 23:59
Ali pays Bina 50,000.00 PKR: admitted
Ali reserves 50,000.00 PKR for Bina, as Car: admitted
Ali pays Bina 0.01 PKR: rejected DAILY_LIMIT
# Voiding gives the money back but not the day's room: a limit cannot be played with.
Indus voids Car: admitted
Ali pays Bina 0.01 PKR: rejected DAILY_LIMIT
1 minute passes
Ali pays Bina 50,000.00 PKR: admitted
Ali pays Bina 50,000.00 PKR: admitted
Ali pays Bina 0.01 PKR: rejected DAILY_LIMIT
# Midnight is that of UTC+5: 05:00 there is midnight in UTC, and brings nothing.
the clock shows 05:00
Ali pays Bina 0.01 PKR: rejected DAILY_LIMIT
