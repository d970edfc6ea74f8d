"""The periods that charts are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pgteller.console import typed
from pgteller.console.words import now

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

# Word: how long, in parts of which length, and what turnovers call these.
PERIODS = {
    "hour": (HOUR, MINUTE, "minute"),
    "day": (DAY, HOUR, "hour"),
    "quarter": (90 * DAY, DAY, "day"),
}
WORDS = {
    "day": "24 hours",
    "week": "7 days",
    "month": "30 days",
    "quarter": "90 days",
    "year": "A year",
}
SPANS = {"month": 30 * DAY, "day": DAY, "week": 7 * DAY, "quarter": 90 * DAY, "year": 365 * DAY}
# Days of the calendar of a zone, and the moment of a period that each stands for.
DAYS = {"first_day": ("since", 0), "last_day": ("until", 1)}


def of(arguments: dict[str, Any]) -> tuple[int, int, int]:
    """Beginning, end, and length of each part, whole parts of the clock."""
    length, part, _ = PERIODS[arguments.get("period", "day")]
    until = (now() // part + 1) * part
    return until - length, until, part


def turnovers(arguments: dict[str, Any], _: Any) -> dict[str, object]:  # noqa: ANN401
    """What turnovers are asked for."""
    since, until, _part = of(arguments)
    return {"since": since, "until": until, "every": PERIODS[arguments.get("period", "day")][2]}


def within(arguments: dict[str, Any], _: Any) -> dict[str, object]:  # noqa: ANN401
    """Of which time a history is asked for, if not of all: that before now, or some days."""
    span = arguments.get("within")
    return {"since": now() - SPANS[span]} if span else {**days(arguments)}


def last_day(_: dict[str, Any], __: Any) -> dict[str, object]:  # noqa: ANN401
    """The 24 hours before now."""
    return {"since": now() - DAY, "until": now() + 1}


def days(given: Mapping[str, str]) -> dict[str, int]:
    """The period from one day to another in a zone; either may be left out."""
    zone = typed.zone(given.get("time_zone", ""))
    return {
        moment: typed.milliseconds(_day(given[name], later, name).isoformat(), zone, name)
        for name, (moment, later) in DAYS.items()
        if name in given
    }


def as_of(arguments: dict[str, Any], _: Any) -> dict[str, object]:  # noqa: ANN401
    """The moment that books are asked for: the end of a day, or a time of it."""
    if "day" not in arguments:
        return {}
    zone = typed.zone(arguments.get("time_zone", ""))
    if "time" in arguments:
        text = f"{_day(arguments['day'], 0, 'day')} {arguments['time']}"
        return {"timestamp": typed.milliseconds(text, zone, "time")}
    following = _day(arguments["day"], 1, "day").isoformat()
    return {"timestamp": typed.milliseconds(following, zone, "day") - 1}


def _day(text: str, later: int, name: str) -> date:
    """That day, or so many later."""
    try:
        return date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        typed.unclear("Write the day as in 2026-12-31.", name)


def balances(arguments: dict[str, Any], about: Any) -> dict[str, object]:  # noqa: ANN401
    """What the history of a balance is asked for: to now, or to the newest entry ahead of it.

    Or a part that somebody has drawn over, to look at it more closely.
    """
    if "since" in arguments and "until" in arguments:
        return {"since": arguments["since"], "until": arguments["until"]}
    until = max(now(), about["last_timestamp"]) + 1
    return {"since": max(0, until - SPANS[arguments.get("span", "month")]), "until": until}
