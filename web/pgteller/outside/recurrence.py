"""When a schedule's nth occurrence is: by the calendar of a time zone, as docs/proof.md has it."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY = 86_400_000
EVERY = re.compile(
    rb"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)


@lru_cache
def clock_of(time_zone: str) -> tuple[tzinfo, int]:
    """A zone, and how far (ms) what it gives may be off.

    A time zone may have changed its rules since a time was told, by hours; one that is not known
    here is taken for UTC, where a month may end up to three days earlier than there.
    """
    if time_zone == "UTC":
        return UTC, 0
    try:
        return ZoneInfo(time_zone), DAY
    except (KeyError, ValueError, OSError):
        return UTC, 4 * DAY


def is_due(run_at: int, every: bytes | None, time_zone: str, occurrence: int, due_at: int) -> bool:
    """Whether that is when an occurrence is due."""
    if occurrence == 1:
        return due_at == run_at
    zone, off = clock_of(time_zone)
    try:
        moment = _moment(run_at, every, zone, occurrence - 1)
    except (OverflowError, ValueError):  # in no year that there is
        return False
    return moment is not None and abs(due_at - moment) <= off


def _moment(run_at: int, every: bytes | None, zone: tzinfo, times: int) -> int | None:
    """run_at and so many times `every`: months first, then days, then what clocks measure."""
    if every is None or not (found := EVERY.fullmatch(every)):
        return None
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in found.groups()
    )
    first = (EPOCH + run_at * MILLISECOND).astimezone(zone)
    month = first.year * 12 + first.month - 1 + times * (12 * years + months)
    year, month = month // 12, month % 12 + 1
    date = first.replace(year=year, month=month, day=min(first.day, monthrange(year, month)[1]))
    # Arithmetic within a zone goes by its clocks, not by the time that passes.
    date += timedelta(days=times * (7 * weeks + days))
    passed = times * (3600 * hours + 60 * minutes + seconds) * 1000
    return (date.astimezone(UTC) - EPOCH) // MILLISECOND + passed
