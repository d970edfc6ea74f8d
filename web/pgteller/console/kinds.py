"""The kinds of fields: how an argument is typed, and what that is for its function, both ways.

Each is a class of this file and a macro of `templates/console/inputs.html`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pgteller.console import members, typed
from pgteller.money import major
from pgteller.shell import shapes

if TYPE_CHECKING:
    from pgteller.console.fields import Field

# Arguments that name an account which is not there yet.
NEW = {"create_account.account_id"}

Parts = Mapping[str, str]  # what is typed into a field, by its parts; its own has no name
Taken = Any  # what a function takes: each kind has a type of its own


@dataclass(frozen=True)
class Place:
    """Where something is typed: what its amounts and times depend on."""

    exponent: int | None = None  # of the currency, where that is known
    zone: str = ""


class Kind:
    """A text, as it is."""

    macro: ClassVar[str] = "text"
    grouped: ClassVar[bool] = False  # whether it is several inputs, under one heading

    def fits(self, _: Field, /) -> bool:
        """Whether it is the one for an argument that no kind before it was for."""
        return True

    def read(self, field: Field, parts: Parts, place: Place, /) -> object:
        """What the function takes, None where nothing was typed."""
        text = parts.get("", "")
        return self.of(text, field, place) if text.strip() else None

    def of(self, text: str, _: Field, __: Place, /) -> object:
        """What a text is, for those that have no other parts."""
        return text

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """What stands in the field for what the function takes."""
        return {"": str(value)}


class Account(Kind):
    """One that there is: it is suggested as somebody types."""

    macro = "account"

    def fits(self, field: Field, /) -> bool:
        """By its name."""
        new = f"{field.function}.{field.name}" in NEW
        return field.name.endswith("account_id") and not new


class Currency(Kind):
    """By its code, in capitals or not."""

    def fits(self, field: Field, /) -> bool:
        """By its name."""
        return field.name == "currency"

    def of(self, text: str, _: Field, __: Place, /) -> object:
        """In capitals, without blanks."""
        return text.strip().upper()


class Whole(Kind):
    """A number that is neither money nor time."""

    macro = "whole"

    def fits(self, field: Field, /) -> bool:
        """By its type."""
        return field.value.schema.get("type") == "integer"

    def of(self, text: str, field: Field, _: Place, /) -> object:
        """Digits."""
        return typed.whole(text, field.name)


class Money(Kind):
    """An amount, in the major unit of its currency."""

    macro = "money"

    def fits(self, field: Field, /) -> bool:
        """By its description."""
        return shapes.is_money(field.value)

    def of(self, text: str, field: Field, place: Place, /) -> object:
        """In minor units."""
        return typed.minor(text, place.exponent, field.name)

    def written(self, value: Taken, place: Place, /) -> dict[str, str]:
        """Without separators, so that it is read as what it is."""
        return {} if place.exponent is None else {"": major(value, place.exponent)}


class Rate(Kind):
    """A part of an amount, in percent."""

    macro = "rate"

    def fits(self, field: Field, /) -> bool:
        """By its description."""
        return shapes.is_rate(field.value)

    def of(self, text: str, field: Field, _: Place, /) -> object:
        """In basis points."""
        return typed.basis_points(text, field.name)

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """Without decimals that tell nothing."""
        return {"": typed.percent(value)}


class Time(Kind):
    """A moment, by the calendar and clocks of whoever types."""

    macro = "time"

    def fits(self, field: Field, /) -> bool:
        """By its description."""
        return shapes.is_time(field.value)

    def of(self, text: str, field: Field, place: Place, /) -> object:
        """In milliseconds since the epoch."""
        return typed.milliseconds(text, typed.zone(place.zone), field.name)

    def written(self, value: Taken, place: Place, /) -> dict[str, str]:
        """As browsers want it."""
        exact = datetime.fromtimestamp(value / 1000, typed.zone(place.zone))
        return {"": exact.replace(tzinfo=None).isoformat(timespec="milliseconds")}


class Length(Kind):
    """How long something takes: a number and a unit."""

    macro = "length"

    def fits(self, field: Field, /) -> bool:
        """By its description."""
        return shapes.is_length(field.value)

    def read(self, field: Field, parts: Parts, _: Place, /) -> object:
        """In milliseconds."""
        text = parts.get("", "")
        unit = parts.get("unit", "")
        return typed.length(text, unit, field.name) if text.strip() else None

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """In the largest unit that has no rest."""
        number, unit = typed.measured(value)
        return {"": str(number), "unit": unit}


class Repeat(Kind):
    """How often something is done again: one of those that are usual, or another in words."""

    macro = "repeat"

    def fits(self, field: Field, /) -> bool:
        """By its format."""
        return field.value.schema.get("format") == "duration"

    def read(self, field: Field, parts: Parts, _: Place, /) -> object:
        """A duration of ISO 8601."""
        chosen, other = parts.get("", ""), parts.get("other", "").strip()
        if chosen == typed.OTHER:
            return typed.often(other, f"{field.name}.other")
        if other:
            typed.unclear(f"Choose Other for {other[:64]}, or empty its field.", field.name)
        return chosen or None

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """What is not usual in words."""
        if value in typed.OFTEN:
            return {"": value}
        return {"": typed.OTHER, "other": typed.every(value).removeprefix("every ")}


class Flag(Kind):
    """Yes or no."""

    macro = "flag"
    TRUE = "true"

    def fits(self, field: Field, /) -> bool:
        """By its type."""
        return field.value.schema.get("type") == "boolean"

    def read(self, _: Field, parts: Parts, __: Place, /) -> object:
        """A box that is not checked is not sent."""
        return parts.get("") == self.TRUE

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """Checked or not."""
        return {"": self.TRUE} if value else {}


class Choice(Kind):
    """One of a few words."""

    macro = "choice"

    def fits(self, field: Field, /) -> bool:
        """By its schema."""
        return "enum" in field.value.schema


class Lines(Kind):
    """Several texts, each on a line."""

    macro = "lines"

    def fits(self, field: Field, /) -> bool:
        """By its type."""
        return field.value.schema.get("type") == "array"

    def of(self, text: str, _: Field, __: Place, /) -> object:
        """Without empty lines."""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """One below the other."""
        return {"": "\n".join(value)}


class Events(Kind):
    """Any of the kinds of events: a box for each."""

    macro = "events"
    grouped = True

    def fits(self, field: Field, /) -> bool:
        """By its name."""
        return field.name == "types"

    def read(self, _: Field, parts: Parts, __: Place, /) -> object:
        """All where no box is checked."""
        return sorted(parts) or None

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """Those that are checked."""
        return dict.fromkeys(value, Flag.TRUE)


class Metadata(Kind):
    """An object: rows of a name and a value, or JSON as a whole."""

    macro = "metadata"
    grouped = True

    def fits(self, field: Field, /) -> bool:
        """By its type."""
        return field.value.sql in shapes.JSON

    def read(self, field: Field, parts: Parts, _: Place, /) -> object:
        """JSON as text, since numbers are to stay what they are."""
        whole, rows = parts.get("", ""), members.typed(parts)
        if whole.strip() and rows:
            typed.unclear("Give it in rows or as JSON, not in both.", field.name)
        if whole.strip():
            return whole
        return members.document(rows, field.name) if rows or field.required else None

    def written(self, value: Taken, _: Place, /) -> dict[str, str]:
        """Rows, where they can show all of it."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        rows = members.rows(text)
        return {"": text} if rows is None else members.parts(rows)


# The first one that fits is it.
KINDS: tuple[Kind, ...] = (
    Metadata(),
    Time(),
    Money(),
    Length(),
    Rate(),
    Whole(),
    Flag(),
    Events(),
    Lines(),
    Choice(),
    Account(),
    Currency(),
    Repeat(),
    Kind(),
)
