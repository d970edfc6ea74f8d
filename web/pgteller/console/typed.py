"""What people type, and what functions take instead: both ways, exactly.

What is unclear is refused, never guessed: 1.000 may be a thousand for whoever types it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import NoReturn
from zoneinfo import ZoneInfo

from pgteller.money import major
from pgteller.shell.errors import ProblemError

# A length of time by its units, the largest first.
UNITS = {
    "days": 86_400_000,
    "hours": 3_600_000,
    "minutes": 60_000,
    "seconds": 1000,
    "milliseconds": 1,
}
# How often things are repeated, in the words of a calendar; "other" is told beside it.
OFTEN = {
    "P1D": "Every day",
    "P1W": "Every week",
    "P2W": "Every 2 weeks",
    "P1M": "Every month",
    "P3M": "Every 3 months",
    "P1Y": "Every year",
}
OTHER = "other"

_DECIMAL = re.compile(r"(-?)([0-9]{1,17})(?:\.([0-9]{0,18}))?")
_WHOLE = re.compile(r"[0-9]{1,17}")
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?)?"
)
_CALENDAR = ("year", "month", "week", "day", "hour", "minute", "second")
_LETTERS = tuple(enumerate("YMWDHMS"))
_COUNTED = re.compile(r"([0-9]{1,6}) ?(year|month|week|day|hour|minute|second)s?")


def unclear(detail: str, name: str) -> NoReturn:
    """Refuse what was typed into a field."""
    raise ProblemError("invalid_request", detail, field=name)


def minor(text: str, exponent: int | None, name: str) -> int:
    """12.34 as 1234, exactly."""
    if exponent is None:
        unclear("Say first of which account it is.", name)
    found = _decimal(text, exponent)
    if found is None:
        unclear("Write the amount with a point and without separators, such as 1234.56.", name)
    if isinstance(found, str):
        unclear(f"This currency has {exponent} decimals at most.", name)
    return found


def basis_points(text: str, name: str) -> int:
    """2.5 or 2.5 % as 250, exactly."""
    found = _decimal(text.strip().removesuffix("%"), 2)
    if found is None:
        unclear("Write the rate with a point, such as 2.5.", name)
    if isinstance(found, str):
        unclear("A rate has two decimals at most, such as 2.55.", name)
    return found


def percent(found: int) -> str:
    """250 as 2.5."""
    return major(found, 2).rstrip("0").rstrip(".")


def _decimal(text: str, places: int) -> int | str | None:
    """As a whole number of the smallest part; its decimals where there are too many of them."""
    found = _DECIMAL.fullmatch(text.strip())
    if found is None:
        return None
    decimals = found[3] or ""
    if not int(found[2] + decimals):
        return 0  # which no separator makes another amount
    if len(decimals) > places:
        return decimals
    return int(f"{found[1]}{found[2]}{decimals.ljust(places, '0')}")


def whole(text: str, name: str) -> int:
    """Digits as a number."""
    if not re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
        unclear("Write a whole number, in digits.", name)
    return int(text)


def length(text: str, unit: str, name: str) -> int:
    """36 and hours as milliseconds."""
    if not _WHOLE.fullmatch(text.strip()) or unit not in UNITS:
        unclear("Write a whole number and choose its unit: 36 hours rather than 1.5 days.", name)
    return int(text) * UNITS[unit]


def measured(found: int) -> tuple[int, str]:
    """Milliseconds as a number of the largest unit that tells them exactly."""
    return next((found // size, unit) for unit, size in UNITS.items() if found % size == 0)


def counted(number: int, unit: str) -> str:
    """1 and days as 1 day."""
    return f"{number} {unit.removesuffix('s') if number == 1 else unit}"


def often(text: str, name: str) -> str:
    """Every 6 months, or 1 year and 6 months, as a duration of ISO 8601; such a one as it is."""
    said = text.strip().lower().removeprefix("every ").strip()
    if _DURATION.fullmatch(said.upper()):
        return said.upper()
    parts = [
        _COUNTED.fullmatch(part if part[:1].isdigit() else f"1 {part}")
        for part in re.split(r", | and ", said)
    ]
    found = [(_CALENDAR.index(part[2]), int(part[1])) for part in parts if part]
    places = [place for place, _ in found]
    if len(found) < len(parts) or places != sorted(set(places)):
        unclear("Write it as in 10 days, 6 months, or 1 year and 6 months.", name)
    return _duration(dict(found))


def _duration(counts: dict[int, int]) -> str:
    """Years to seconds, by their places, as ISO 8601 has them."""
    parts = [f"{counts[place]}{letter}" if place in counts else "" for place, letter in _LETTERS]
    date, clock = "".join(parts[:4]), "".join(parts[4:])
    return f"P{date}{'T' if clock else ''}{clock}"


def every(duration: str) -> str:
    """P1M as every month, P10D as every 10 days; what is none as it is."""
    found = _DURATION.fullmatch(duration)
    counts = zip(found.groups(), _CALENDAR, strict=True) if found else ()
    parts = [counted(int(text), f"{unit}s") for text, unit in counts if int(text or 0)]
    if not parts:
        return duration
    text = " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
    return f"every {text.removeprefix('1 ') if len(parts) == 1 else text}"


def milliseconds(text: str, zone: tzinfo, name: str) -> int:
    """A local time, one with a zone of its own, or milliseconds as they are."""
    text = text.strip()
    if _WHOLE.fullmatch(text) and len(text) > 12:  # 202612311800 is none
        return int(text)
    try:
        found = datetime.fromisoformat(text)
        sides = [found.replace(tzinfo=found.tzinfo or zone, fold=fold) for fold in (0, 1)]
        if sides[0].utcoffset() != sides[1].utcoffset():
            unclear(
                "Clocks are changed then, so that this time is not there, or is there twice.", name
            )
        since = sides[0].astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        unclear("Write the time as in 2026-12-31 18:00.", name)
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
