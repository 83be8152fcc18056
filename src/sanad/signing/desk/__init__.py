"""Use cases of signing: one function each."""
