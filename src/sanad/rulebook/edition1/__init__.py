"""Edition 1 of the rules: `state`, `admission`, `apply`, `posting`, and one module a programme."""
