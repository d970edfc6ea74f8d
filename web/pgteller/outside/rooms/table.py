"""A table, or a join of some, of which every row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pgteller.outside.facts import Fact


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a row by itself."""

    check: str
    account: bytes
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """What is read: SELECT `select` FROM `name` AS r `join` WHERE `where`.

    `read` gets the fields of a row in that order. Tables are read in slices of pages, by as many
    processes as there are.
    """

    name: str
    select: str
    read: Callable[[list[bytes]], Iterable[Fact | Flaw]]
    join: str = ""
    where: str = "true"

    def query(self, pages: str) -> str:
        """The rows that lie in some pages of the table."""
        return f"SELECT {self.select} FROM {self.name} AS r {self.join} WHERE {self.where}{pages}"


def columns(names: str, alias: str = "r") -> str:
    """The columns of a row, quoted."""
    return ", ".join(f'{alias}."{name}"' for name in names.split())
