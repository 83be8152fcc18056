"""The public explorer: what everybody sees of the record, and whether a payment is on it."""
