"""Signing by persons: their passkeys, put on the record, and messages that are shown before they are signed."""
