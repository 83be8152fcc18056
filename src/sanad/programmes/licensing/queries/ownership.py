"""Who owns the firm in the end: shares looked through companies down to persons. Pure; shares in millionths.

Rows name shares in the firm itself or in a company of another row. A share held through companies is the product of
the shares on the way, rounded down; a person's shares on several ways add up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

WHOLE = 1_000_000
FIRM = ""
"""In `holds_of`: shares in the firm itself."""
DEPTH_MAX = 12


@dataclass(frozen=True, slots=True)
class Share:
    """`owner` holds `ppm` millionths of `holds_of`."""

    owner: str
    is_person: bool
    holds_of: str
    ppm: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: shares of persons, companies still to be looked through, and how much each one's rows sum to."""

    persons: dict[str, int]
    unknown: dict[str, int]
    """Companies without rows of their own."""
    sums: dict[str, int]
    circles: tuple[str, ...]


def look_through(shares: Sequence[Share]) -> Looked:
    """Follow every share from the firm up to persons. Circles are named and not followed."""
    above: dict[str, list[Share]] = defaultdict(list)
    for share in shares:
        above[share.holds_of].append(share)
    persons: dict[str, int] = defaultdict(int)
    unknown: dict[str, int] = defaultdict(int)
    circles: set[str] = set()

    def climb(name: str, ppm: int, path: tuple[str, ...]) -> None:
        for share in above[name]:
            part = ppm * share.ppm // WHOLE
            if share.is_person:
                persons[share.owner] += part
            elif share.owner in path or len(path) > DEPTH_MAX:
                circles.add(share.owner)
            elif share.owner not in above:
                unknown[share.owner] += part
            else:
                climb(share.owner, part, (*path, share.owner))

    climb(FIRM, WHOLE, ())
    sums = {name: sum(each.ppm for each in rows) for name, rows in above.items() if rows}
    return Looked(dict(persons), dict(unknown), sums, tuple(sorted(circles)))


def controllers(looked: Looked, threshold_ppm: int) -> list[tuple[str, int]]:
    """Persons with the threshold or more, the largest first."""
    found = [(name, ppm) for name, ppm in looked.persons.items() if ppm >= threshold_ppm]
    return sorted(found, key=lambda each: (-each[1], each[0]))
