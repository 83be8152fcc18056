"""What both sides choose from."""

from typing import Any

from sanad.rulebook.edition1.words import Service


def choices_of(words: Any) -> list[tuple[str, Any]]:
    """Numbers with their words, as a list of options."""
    return [(str(int(each)), label) for each, label in words.items()]


def services_as_number(chosen: list[str]) -> int:
    """Chosen services as the one number of the rulebook."""
    found = Service(0)
    for each in chosen:
        found |= Service(int(each))
    return int(found)
