"""`sanad init`."""


def init() -> None:
    """Stub."""
