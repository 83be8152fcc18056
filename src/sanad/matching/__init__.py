"""Whether a name is one of those listed: across scripts, spellings and word orders, with the reasons."""
