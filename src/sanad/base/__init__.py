"""Words that every part shares: money, identifiers, time as data, canonical bytes, digests, errors."""
