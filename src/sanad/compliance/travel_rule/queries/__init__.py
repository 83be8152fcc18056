"""Questions to the Travel Rule's tables, and what follows from values alone."""
