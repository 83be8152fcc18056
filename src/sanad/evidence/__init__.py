"""Sealed contents behind the record's blinded digests: kept off the record, and erasable for ever."""
