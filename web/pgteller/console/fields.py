"""The fields of forms: one for each argument of a function, made from the contract.

A field has one text, or several parts, whose names begin with its own: `delay_ms` and
`delay_ms.unit`.  How it is typed its kind knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pgteller.console import words
from pgteller.console.kinds import KINDS, Kind, Place
from pgteller.contract import Value

# What few think of: it stands apart, below the others.
RARE = {"metadata", "value_at", "timestamp", "after", "secret"}


@dataclass(frozen=True)
class Field:
    """One argument, as a form asks for it."""

    name: str
    value: Value
    required: bool
    function: str = ""  # whose it is

    @cached_property
    def kind(self) -> Kind:
        """How it is typed."""
        return next(kind for kind in KINDS if kind.fits(self))

    @property
    def label(self) -> str:
        """What stands before it."""
        return words.label(self.name)

    @property
    def rare(self) -> bool:
        """Whether few need it."""
        return self.name in RARE and not self.required

    def parts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What of a form's texts was typed into it."""
        return {name[len(self.name) + 1 :]: texts[name] for name in self.names(texts)}

    def names(self, texts: Mapping[str, str]) -> list[str]:
        """Those of a form's texts that belong to it."""
        return [name for name in texts if name == self.name or name.startswith(f"{self.name}.")]

    def is_typed(self, texts: Mapping[str, str]) -> bool:
        """Whether anything is in it but what always is: a choice beside what is typed."""
        return any(name.rpartition(".")[2] not in ("unit", "kind") for name in self.names(texts))

    def read(self, texts: Mapping[str, str], place: Place) -> object:
        """What the function takes, of what was typed; None where that is nothing."""
        return self.kind.read(self, self.parts(texts), place)

    def written(self, value: object, place: Place) -> dict[str, str]:
        """What stands in a form for what the function takes."""
        if value is None:
            return {}
        return {
            f"{self.name}.{part}" if part else self.name: text
            for part, text in self.kind.written(value, place).items()
        }


def of(
    function: str, arguments: Mapping[str, Value], required: tuple[str, ...] = ()
) -> list[Field]:
    """A form's, in the order of the function's arguments."""
    return [
        Field(name, value, value.required or name in required, function)
        for name, value in arguments.items()
        if name != "idempotency_key"
    ]
