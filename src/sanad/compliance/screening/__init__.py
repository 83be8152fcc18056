"""Screening: whether somebody listed is meant, against which version of which list, and what a person decided."""
