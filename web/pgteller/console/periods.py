"""The periods that charts are about."""

from __future__ import annotations

from typing import Any

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
    """Since when a history is asked for, if not from its beginning."""
    span = arguments.get("within")
    return {"since": now() - SPANS[span]} if span else {}


def balances(arguments: dict[str, Any], about: Any) -> dict[str, object]:  # noqa: ANN401
    """What the history of a balance is asked for: to now, or to the newest entry ahead of it.

    Or a part that somebody has drawn over, to look at it more closely.
    """
    if "since" in arguments and "until" in arguments:
        return {"since": arguments["since"], "until": arguments["until"]}
    until = max(now(), about["last_timestamp"]) + 1
    return {"since": max(0, until - SPANS[arguments.get("span", "month")]), "until": until}
