"""The Travel Rule: who pays whom travels with every payment, is asked of the other institution, and is kept."""
