"""What legs say of the rows of other tables, and what those rows say themselves.

A room is a file, with

    LEGS    by operation, what a leg of it says: facts, given what earlier legs have left open
    TABLES  what is read, and what each row of it says: facts, and what is wrong with it by itself

and, if need be, what an account's legs say together, and what its row says. Legs and rows say the
same where all is well (see `facts`), so a row's facts have to be worded as its legs word them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pgteller.outside.accounts import Account
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms import (
    api_keys,
    collecting,
    events,
    exchanges,
    holds,
    keys,
    monitors,
    payments,
    reversals,
    rewinds,
    schedules,
    turnovers,
    webhooks,
)
from pgteller.outside.rooms.table import Table
from pgteller.outside.wire import NULL

Open = dict[bytes, Any]
OfLeg = Callable[[Leg, Open], Iterable[Fact]]

LEGS: dict[bytes, OfLeg] = {
    **payments.LEGS,
    **holds.LEGS,
    **schedules.LEGS,
    **monitors.LEGS,
    **webhooks.LEGS,
    **api_keys.LEGS,
    **reversals.LEGS,
    **exchanges.LEGS,
    **rewinds.LEGS,
}
# Of these, which are most of a ledger, only legs with details say anything.
DETAILED = frozenset({b"transfer"})
TABLES: tuple[Table, ...] = tuple(
    table
    for room in (
        payments,
        holds,
        schedules,
        monitors,
        webhooks,
        api_keys,
        reversals,
        rewinds,
        collecting,
        keys,
        events,
        turnovers,
    )
    for table in room.TABLES
)


def facts_of(leg: Leg, left_open: Open) -> Iterable[Fact]:
    """What a leg says of other tables' rows."""
    of_leg = LEGS.get(leg.operation)
    return of_leg(leg, left_open) if of_leg else ()


def facts_at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What all of an account's legs say together."""
    for room in (holds, schedules, monitors, webhooks, api_keys):
        yield from room.at_end(account_id, left_open)


def facts_of_account(account: Account) -> Iterator[Fact]:
    """What an account's row says, which its newest leg has sealed."""
    yield from payments.of_account(account)
    yield from holds.of_account(account)
    yield from monitors.of_account(account)


def keyed(column: tuple[bytes, ...]) -> list[int]:
    """Which of some legs seal an idempotency key."""
    if column.count(NULL) == len(column):
        return []
    return [at for at, field in enumerate(column) if field != NULL]


key_fact = keys.of_leg
