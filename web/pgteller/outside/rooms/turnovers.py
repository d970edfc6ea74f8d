"""Turnovers: what the legs of each period come to, by currency, operation and house account.

Which legs have been added is a matter of their events: those up to the mark. How far back minutes
and hours are kept counts from the newest time at which one of these was recorded.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from pgteller.outside.facts import Fact, Facts
from pgteller.outside.findings import Findings, Moved
from pgteller.outside.legs import Legs
from pgteller.outside.rooms.events import BATCHES, ranges_of
from pgteller.outside.rooms.table import Table, columns
from pgteller.outside.session import Session
from pgteller.outside.wire import NULL, number, numbers

ADD_UP = "turnovers_add_up"
MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000
# Of each kind of period, how long it is and for how long it is kept; None: for ever.
PERIODS: dict[bytes, tuple[int, int | None]] = {
    b"minute": (MINUTE, 2 * DAY),
    b"hour": (HOUR, 93 * DAY),
    b"day": (DAY, None),
    b"ever": (2**53, None),
}


def _is_kept(every: bytes, since: int, newest: int) -> bool:
    kept = PERIODS[every][1]
    return kept is None or since >= newest - kept


@dataclass(frozen=True)
class Turned:
    """Which ids' legs have been added, in ranges; and the newest time of recording among them."""

    newest: int = 0
    lowers: Sequence[int] = ()
    uppers: Sequence[int] = ()

    def have(self, ids: list[int]) -> list[bool]:
        """Of each id, whether its legs have been added."""
        lowest = bisect_right(self.lowers, min(ids)) - 1
        if lowest >= 0 and max(ids) < self.uppers[lowest]:
            return [True] * len(ids)
        ranges = [bisect_right(self.lowers, own) - 1 for own in ids]
        return [at >= 0 and own < self.uppers[at] for at, own in zip(ranges, ids, strict=True)]


def read_turned(session: Session, findings: Findings) -> Turned:
    """Read the mark, and which ids have events up to it; it is that of a batch's last event."""
    marks = session.rows("SELECT m.event_id, m.recorded_at FROM ledger.turnover_mark AS m")
    if len(marks) != 1:
        findings.wrong(ADD_UP, None, marks=len(marks))
        return Turned()
    [(event_id, newest)] = marks
    should_be = 0
    lowers: list[int] = []
    uppers: list[int] = []
    ranges: list[tuple[int, int]] = []
    for batch, events, transaction_ids in session.fields(BATCHES):
        if int(batch) <= event_id:
            should_be = int(batch) + int(events) - 1
            ranges += ranges_of(transaction_ids)
    if event_id != should_be:
        findings.wrong(ADD_UP, None, event_id=event_id, should_be_event=should_be)
    for lower, upper in sorted(ranges):
        if uppers and lower <= uppers[-1]:
            uppers[-1] = max(uppers[-1], upper)
        else:
            lowers.append(lower)
            uppers.append(upper)
    return Turned(newest, lowers, uppers)


def check_newest(turned: Turned, findings: Findings) -> None:
    """See that the newest time of recording is that of a leg."""
    if turned.newest != findings.newest:
        findings.wrong(ADD_UP, None, recorded_at=turned.newest, legs_say=findings.newest)


class Turnovers:
    """What some legs come to."""

    def __init__(self, turned: Turned) -> None:
        self.turned = turned
        self.newest = 0
        self.moved: Moved = {}
        # Since when there may be periods of each length, so that legs are added up by the shortest
        # that is kept: else there would be a sum for every minute of many years.
        self.minutes, self.hours = (
            turned.newest - (PERIODS[every][1] or 0) for every in (b"minute", b"hour")
        )

    def hear(self, legs: Legs, amounts: list[int], currencies: list[bytes]) -> None:
        """Add the next legs."""
        ids = numbers(
            legs.transaction_id
            if legs.folded_in.count(NULL) == len(legs.folded_in)
            else map(_drawn, legs.transaction_id, legs.folded_in)
        )
        added = self.turned.have(ids)
        self.newest = max(self.newest, *compress(numbers(legs.recorded_at), added), 0)
        minutes, hours = self.minutes, self.hours
        starts = [
            when - when % (MINUTE if when >= minutes else HOUR if when >= hours else DAY)
            for when in numbers(legs.timestamp)
        ]
        houses = [contra if contra[:1] == b"@" else b"" for contra in legs.contra_account_id]
        keys = zip(starts, currencies, legs.operation, houses, strict=True)
        moved = self.moved
        for key, leg, amount in compress(zip(keys, legs.leg, amounts, strict=True), added):
            sums = moved.get(key)
            if sums is None:
                sums = moved[key] = [0, 0, 0, 0]
            sums[0] += 1
            if leg == b"1":
                sums[1] += 1
            if amount < 0:
                sums[2] -= amount
            else:
                sums[3] += amount


def _drawn(own: bytes, folded_in: bytes) -> bytes:
    return own if folded_in == NULL else folded_in


def add(moved: Moved, more: Moved) -> None:
    """Add what other legs come to."""
    for key, sums in more.items():
        own = moved.get(key)
        if own is None:
            moved[key] = sums
        else:
            own[:] = map(operator.add, own, sums)


def tell(moved: Moved, turned: Turned, facts: Facts) -> None:
    """Say what all legs come to, of each period that is kept."""
    told: dict[tuple[bytes, int, bytes, bytes, bytes], list[int]] = {}
    for (first, currency, operation, house), sums in moved.items():
        for every, (length, _) in PERIODS.items():
            since = first - first % length
            if _is_kept(every, since, turned.newest):
                of_period = told.setdefault((every, since, currency, operation, house), [0] * 4)
                of_period[:] = map(operator.add, of_period, sums)
    for (every, since, *of), sums in told.items():
        subject = b"\t".join((every, b"%d" % since, *of))
        facts.legs_say(Fact(ADD_UP, b"", subject, b"%d\t%d\t%d\t%d" % tuple(sums)))


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    every, since, currency, operation, house, *sums, newest = row
    if _is_kept(every, int(since), number(newest) or 0):
        subject = b"\t".join((every, since, currency, operation, house))
        yield Fact(ADD_UP, b"", subject, b"\t".join(sums))


TABLES = (
    Table(
        "ledger.turnovers",
        columns("every since currency operation house legs transactions debits credits")
        + ", m.recorded_at",
        _of_row,
        join="LEFT JOIN ledger.turnover_mark AS m ON true",
    ),
)
