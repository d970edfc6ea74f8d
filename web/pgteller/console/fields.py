"""What people type into forms, made what functions take, and the other way round.

Amounts are typed in the currency's major unit (12.34), times as a calendar has them, in the zone of
whoever types.  What is unclear is refused, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from pgteller.console import words
from pgteller.contract import Value
from pgteller.money import major
from pgteller.shell import shapes
from pgteller.shell.errors import ProblemError

# What few think of: it stands apart, below the others.
RARE = {"metadata", "value_at", "timestamp", "after", "secret"}

_AMOUNT = re.compile(r"(-?)([0-9]{1,17})(?:\.([0-9]{0,18}))?")
_WHOLE = re.compile(r"[0-9]{1,17}")
_FALSE, _TRUE = "false", "true"


@dataclass(frozen=True)
class Field:
    """One argument, as a form asks for it."""

    name: str
    value: Value
    required: bool

    @property
    def label(self) -> str:
        """What stands before it."""
        return words.label(self.name)

    @property
    def kind(self) -> str:  # noqa: PLR0911, one for each
        """Which field of a form it is."""
        schema = self.value.schema
        if self.value.sql in shapes.JSON:
            return "json"
        if shapes.is_time(self.value):
            return "time"
        if shapes.is_money(self.value):
            return "money"
        if schema.get("type") == "boolean":
            return "flag"
        if schema.get("type") == "array":
            return "lines"
        if "enum" in schema:
            return "choice"
        if self.name.endswith("account_id"):
            return "account"
        return "currency" if self.name == "currency" else "text"

    @property
    def rare(self) -> bool:
        """Whether few need it."""
        return self.name in RARE and not self.required

    def read(  # noqa: PLR0911, one for each
        self, text: str, exponent: int | None, zone: tzinfo
    ) -> object:
        """What the function takes, of what was typed."""
        if self.kind == "money":
            return minor(text, exponent, self.name)
        if self.kind == "time":
            return milliseconds(text, zone, self.name)
        if self.kind == "flag":
            return text == _TRUE
        if self.kind == "currency":
            return text.strip().upper()
        if self.kind == "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        if self.value.schema.get("type") == "integer":
            return whole(text, self.name)
        return text

    def written(  # noqa: PLR0911, one for each
        self,
        value: Any,  # noqa: ANN401
        exponent: int | None,
        zone: tzinfo,
    ) -> str:
        """What stands in the field for what the function takes."""
        if value is None:
            return ""
        if self.kind == "money":
            return "" if exponent is None else major(value, exponent)
        if self.kind == "time":
            exact = datetime.fromtimestamp(value / 1000, zone)
            return exact.replace(tzinfo=None).isoformat(timespec="milliseconds")
        if self.kind == "flag":
            return _TRUE if value else _FALSE
        if self.kind == "lines":
            return "\n".join(value)
        if self.kind == "json":
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return str(value)


def of(arguments: Mapping[str, Value], required: tuple[str, ...] = ()) -> list[Field]:
    """A form's, in the order of the function's arguments."""
    return [
        Field(name, value, value.required or name in required)
        for name, value in arguments.items()
        if name != "idempotency_key"
    ]


def minor(text: str, exponent: int | None, name: str) -> int:
    """12.34 as 1234, exactly. 1.000 may be a thousand for whoever types it, and is refused."""
    if exponent is None:
        raise ProblemError("invalid_request", "Say first of which account it is.", field=name)
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise ProblemError(
            "invalid_request",
            "Write the amount with a point and without separators, such as 1234.56.",
            field=name,
        )
    sign, whole_part, decimals = found[1], found[2], found[3] or ""
    if len(decimals) > exponent:
        raise ProblemError(
            "invalid_request", f"This currency has {exponent} decimals at most.", field=name
        )
    return int(f"{sign}{whole_part}{decimals.ljust(exponent, '0')}")


def whole(text: str, name: str) -> int:
    """Digits as a number."""
    if not re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
        raise ProblemError("invalid_request", "Write a whole number, in digits.", field=name)
    return int(text)


def milliseconds(text: str, zone: tzinfo, name: str) -> int:
    """A local time, one with a zone of its own, or milliseconds as they are."""
    text = text.strip()
    if _WHOLE.fullmatch(text) and len(text) > 12:  # 202612311800 is none
        return int(text)
    try:
        found = datetime.fromisoformat(text)
        sides = [found.replace(tzinfo=found.tzinfo or zone, fold=fold) for fold in (0, 1)]
        if sides[0].utcoffset() != sides[1].utcoffset():
            detail = "Clocks are changed then, so that this time is not there, or is there twice."
            raise ProblemError("invalid_request", detail, field=name)
        since = sides[0].astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        detail = "Write the time as in 2026-12-31 18:00."
        raise ProblemError("invalid_request", detail, field=name) from None
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def zone(name: str) -> tzinfo:
    """The zone that a browser says it is in; UTC where it says none."""
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # there is none such, by its name or its file
        detail = f"This server knows no time zone {name[:64]}."
        raise ProblemError("invalid_request", detail) from None
