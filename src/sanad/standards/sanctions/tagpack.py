"""Addresses on blockchains as a tagpack: YAML with facts for all tags on top, and `tags` with an address each.

Aliases and anchors of YAML, with which a small file can grow to a huge one, are refused.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from sanad.base.errors import Finding
from sanad.standards.findings import refusal
from sanad.standards.sanctions.reading import Collected, Listed, ListedName, ListRead, Schema, clean, text_of

TEXT_BYTES_MAX = 16 << 20
_ADDRESS_CHARACTERS_MAX = 200


class _Loader(yaml.SafeLoader):
    """The safe loader, without aliases, and with the line of each mapping."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        made["\0line"] = node.start_mark.line + 1
        return made


def read(path: Path) -> ListRead:
    """All tags; several tags of one address are one entry. Raises `MalformedFile`."""
    if path.stat().st_size > TEXT_BYTES_MAX:
        raise refusal(path.name, Finding(1, "file.size", "too large", "a tagpack holds at most 16 MiB"))
    pack = _pack(path)
    if not isinstance(pack, dict) or not isinstance(pack.get("tags"), list):
        raise refusal(path.name, Finding(1, "tagpack.form", "no tags", "a tagpack is a mapping with a list `tags`"))
    collected = Collected(path.name)
    for line, listed in _wallets(pack, collected):
        if listed.reference in collected.entries:
            collected.passed_over["same address again"] += 1
        else:
            collected.add(line, listed)
    changed = pack.get("lastmod")
    return collected.done(changed.isoformat() if isinstance(changed, date) else clean(str(changed or ""))[:40])


def _pack(path: Path) -> Any:
    try:
        return yaml.load(text_of(path), _Loader)  # noqa: S506 - it is the safe loader, made narrower
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        advice = "the file breaks off or was changed here, or it uses anchors, which are not read; get it again"
        raise refusal(path.name, Finding(line, "yaml.broken", str(error.problem)[:80], advice)) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise refusal(path.name, Finding(1, "yaml.broken", "no YAML", "get the file again")) from None


def _wallets(pack: dict[str, Any], collected: Collected) -> Iterator[tuple[int, Listed]]:
    for tag in pack["tags"]:
        line = tag.get("\0line", 1) if isinstance(tag, dict) else 1
        address = tag.get("address") if isinstance(tag, dict) else None
        if not isinstance(address, str) or not 0 < len(address.strip()) <= _ADDRESS_CHARACTERS_MAX:
            advice = "each tag has an `address` as text: write it in quotes where it begins with 0x"
            collected.wrong(line, "tagpack.address", "no address", advice)
            continue
        told = {field: clean(str(tag.get(field, pack.get(field, "")))) for field in ("label", "currency", "category")}
        name = f"{told['label']} {told['currency']}".strip()
        yield line, Listed(
            Schema.WALLET, address.strip(), (ListedName(name[:200]),) if name else (), wallets=(address.strip(),),
            programme=told["category"][:200], remarks=clean(str(pack.get("title", "")))[:200],
        )  # fmt: skip
