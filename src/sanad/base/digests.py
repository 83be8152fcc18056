"""SHA-256 and the domain prefixes that keep one use of it from being mistaken for another."""

import hashlib

DIGEST_SIZE = 32
NO_DIGEST = bytes(DIGEST_SIZE)


def digest(*parts: bytes | bytearray | memoryview) -> bytes:
    """SHA-256 of the parts joined (FIPS 180-4), 32 bytes."""
    running = hashlib.sha256()
    for part in parts:
        running.update(part)
    return running.digest()
