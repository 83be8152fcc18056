"""Lists of designated persons, firms, vessels and wallets, in the formats in which they are published."""
