"""Events: each leg has one, numbered in an order that the versions of every account agree with.

A leg's event follows from its id (`drawn`) and from the batch that has this id: by batch, id,
account and version. Ids rise with an account's versions, and so do batches with ids, but for those
of transactions that were committed late. Only these have to be remembered.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from pgteller.outside.facts import Fact, Facts
from pgteller.outside.findings import Findings
from pgteller.outside.rooms.table import Table, columns
from pgteller.outside.session import Session
from pgteller.outside.wire import number

TELL = "events_tell_of_legs"
RANGE = re.compile(rb"\[(\d+),(\d+)\)")
BATCHES = """
SELECT b.first_event_id, b.events, b.transaction_ids
FROM ledger.event_batches AS b
ORDER BY b.first_event_id
"""
WITHIN = "{table} AS r WHERE r.transaction_ids && '{{[{lower},{upper})}}'::int8multirange"
# Of what is to be seen somebody has ended who was waited for, or it is not known who that was. One
# that is not given out yet is of another server, out of a backup.
SOMEBODY_CAME = """ AND (
    r.waiting_for IS NULL OR EXISTS (
        SELECT FROM unnest(r.waiting_for) AS x (xid)
        WHERE x.xid IS NULL
            OR pg_visible_in_snapshot(x.xid, pg_current_snapshot())
            OR x.xid >= pg_snapshot_xmax(pg_current_snapshot())
    )
)"""


def ranges_of(multirange: bytes) -> list[tuple[int, int]]:
    """The ranges that a set of ids is made of, each from its first id to before another."""
    return [(int(lower), int(upper)) for lower, upper in RANGE.findall(multirange)]


class Late(NamedTuple):
    """Ids that were numbered after higher ones: in which batch, and which those are."""

    lower: int
    upper: int
    batch: int
    numbered: int  # the highest id of earlier batches


@dataclass(frozen=True)
class Order:
    """In which order events come, as far as it is not that of ids."""

    late: Sequence[Late] = ()
    lowers: Sequence[int] = ()

    def keeps(self, before: int, after: int) -> bool:
        """Whether the event of an id comes no later than that of one that is no lower."""
        first = self._late(before)
        if first is None:
            return True
        second = self._late(after)
        return after > first.numbered if second is None else second.batch >= first.batch

    def _late(self, drawn: int) -> Late | None:
        at = bisect_right(self.lowers, drawn) - 1
        return self.late[at] if at >= 0 and drawn < self.late[at].upper else None


def read_order(session: Session, findings: Findings) -> Order:
    """Go through all batches, and see that their events are numbered 1, 2, 3 ..."""
    expected = 1
    newest = 0
    late: list[Late] = []
    for batch, events, transaction_ids in session.fields(BATCHES):
        first = int(batch)
        if first != expected:
            found = {"event_id": first, "should_be_event": expected}
            findings.wrong("events_gapless", None, **found)
        expected = first + int(events)
        ids = ranges_of(transaction_ids)
        late += [Late(lower, upper, first, newest) for lower, upper in ids if lower <= newest]
        newest = max([newest, *(upper - 1 for _, upper in ids)])
    late.sort()
    return Order(late, [each.lower for each in late])


def check_mark(session: Session, findings: Findings) -> None:
    """See that no id is still to be drawn that would be taken for numbered; drawn is of now."""
    marks = session.rows("SELECT s.mark FROM ledger.event_sequencer AS s")
    [(drawn,)] = session.rows("SELECT q.last_value FROM ledger.transaction_seq AS q")
    [(told,)] = session.rows(
        "SELECT max(upper(b.transaction_ids)) - 1 FROM ledger.event_batches AS b"
    )
    if len(marks) != 1 or not (told or 0) <= marks[0][0] <= drawn:
        mark = marks[0][0] if marks else None
        findings.wrong("legs_have_events", None, mark=mark, drawn=drawn)


class Numbered:
    """Which ids from one to before another have events."""

    def __init__(self, session: Session, lower: int | None, upper: int | None) -> None:
        bounds = {"lower": "" if lower is None else lower, "upper": "" if upper is None else upper}
        marks = session.rows("SELECT s.mark FROM ledger.event_sequencer AS s")
        self.mark = max((mark for (mark,) in marks), default=0)
        self.told = sorted(
            (*ids, batch)
            for batch, transaction_ids in session.fields(
                "SELECT r.first_event_id, r.transaction_ids FROM "
                + WITHIN.format(table="ledger.event_batches", **bounds)
            )
            for ids in ranges_of(transaction_ids)
            if (lower is None or ids[1] > lower) and (upper is None or ids[0] < upper)
        )
        self.gaps = sorted(
            ids
            for (transaction_ids,) in session.fields(
                "SELECT r.transaction_ids FROM "
                + WITHIN.format(table="ledger.event_gaps", **bounds)
                + SOMEBODY_CAME
            )
            for ids in ranges_of(transaction_ids)
        )
        self.before = 0  # the last id of the legs so far
        self.ends = [*accumulate((upper for _, upper, _ in self.told), max)]

    def hear(self, ids: list[int], facts: Facts) -> Iterator[tuple[int, int]]:
        """Of the next legs, which come in the order of ids: those without the events they need.

        Each with the number of batches that it is in.
        """
        batches = [0] * len(ids)
        for at in range(bisect_right(self.ends, ids[0]), len(self.told)):
            lower, upper, batch = self.told[at]
            if lower > ids[-1]:
                break
            start, end = bisect_left(ids, lower), bisect_left(ids, upper)
            facts.legs_say(Fact(TELL, b"", batch, b"events", end - start))
            distinct = len({*ids[start:end]}) - (start == 0 < end and ids[0] == self.before)
            facts.legs_say(Fact(TELL, b"", batch, b"ids", distinct))
            batches[start:end] = [count + 1 for count in batches[start:end]]
        self.before = ids[-1]
        numbered = bisect_right(ids, self.mark)
        if batches.count(1) == numbered and not any(batches[numbered:]):
            return
        for at, (leg, count) in enumerate(zip(ids, batches, strict=True)):
            if count != (at < numbered) and not (count == 0 and self._is_awaited(leg)):
                yield leg, count

    def _is_awaited(self, leg: int) -> bool:
        """Whether it is known that an id may still come, or has come since."""
        return any(lower <= leg < upper for lower, upper in self.gaps)


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    batch, events, transaction_ids = row
    yield Fact(TELL, b"", batch, b"events", number(events) or 0)
    ids = sum(upper - lower for lower, upper in ranges_of(transaction_ids))
    yield Fact(TELL, b"", batch, b"ids", ids)


TABLES = (Table("ledger.event_batches", columns("first_event_id events transaction_ids"), _of_row),)
