"""Licensing: who asked, who decided, who is licensed for what, and what the record says of it for everybody."""
