"""What the pages that are made from the contract are written with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

MADE = "<!-- Made by `make contract`; do not edit. -->\n"


def names(all_of: Iterable[str]) -> str:
    """All of them, as code."""
    return ", ".join(f"`{name}`" for name in all_of)


def number(value: int) -> str:
    """For people: the ends of what JSON reads exactly have names."""
    ends = {2**53 - 1: "2^53-1", -(2**53 - 1): "-2^53+1", 2**53: "2^53"}
    return ends.get(value, str(value))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Its lines, and an empty one; nothing where there are no rows."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if lines:
        yield f"| {' | '.join(heads)} |"
        yield "|" + "---|" * len(heads)
        yield from lines
        yield ""


def anchor(heading: str) -> str:
    """What a heading is linked by, as GitHub and others make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
