"""Schedules: what each pays, and what came of each attempt, was said by legs of the payer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.recurrence import is_due
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.rule import CLOCKS_APART
from pgteller.outside.wire import NULL, members, number, plain, scalar, text

LOGGED, FOLLOWS = "schedules_logged", "schedules_follow_legs"
KEEPS, POSTED, IN_TIME = "schedules_keep_runs", "runs_posted", "runs_in_time"
TURNS = "schedules_have_turns"
SCHEDULES = b"schedules"
RETRIED_AFTER = {1: 3_600_000, 2: 14_400_000, 3: 86_400_000}  # ms after that attempt
TERMS = "target_account_id amount run_at every until time_zone"
SAYS = {b"schedule_id", b"occurrence", b"attempt", b"due_at", b"next_run_at"}
Open = dict[bytes, Any]


@dataclass
class Standing:
    """Where an active schedule stands after the legs so far: before which attempt."""

    terms: dict[bytes, bytes]
    metadata: bytes
    next_run_at: bytes
    occurrence: int = 1
    attempt: int = 1
    runs: int = 0


def _active(left_open: Open) -> dict[bytes, Standing]:
    """The schedules of the account that are active after the legs so far."""
    active: dict[bytes, Standing] = left_open.setdefault(SCHEDULES, {})
    return active


def _made(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    schedule_id = scalar(details.get(b"schedule_id"))
    terms = {name: scalar(details.get(name)) for name in TERMS.encode().split()}
    _active(left_open)[schedule_id] = Standing(terms, leg.metadata, terms[b"run_at"])
    state = b"\t".join((leg.timestamp, leg.metadata, *terms.values()))
    yield Fact(LOGGED, leg.account_id, schedule_id, state)


def _ran(leg: Leg, left_open: Open) -> Iterator[Fact]:
    """A leg that tells of an attempt."""
    details = members(leg.details)
    if b"schedule_id" not in details:
        return  # a transfer of another kind
    schedule_id = scalar(details[b"schedule_id"])
    subject = leg.account_id, schedule_id
    standing = _active(left_open).get(schedule_id)
    if standing is None:
        yield Fact(POSTED, *subject, b"run, and not active")
        return
    standing.runs += 1
    yield Fact(KEEPS, *subject, _run(standing.runs, leg.transaction_id))
    if not _is_as_announced(leg, details, standing):
        yield Fact(POSTED, *subject, b"run %d" % standing.runs)
    announced = scalar(details.get(b"next_run_at"))
    if announced == NULL:
        status = b"completed" if leg.operation == b"transfer" else b"failed"
        yield Fact(FOLLOWS, *subject, _stands(status, leg.timestamp, standing, NULL))
        del _active(left_open)[schedule_id]
        return
    if not _is_in_time(leg, standing, announced):
        yield Fact(IN_TIME, *subject, b"announced by run %d" % standing.runs)
    if leg.operation == b"schedule_postponed":
        standing.attempt += 1
    else:
        standing.occurrence += 1
        standing.attempt = 1
    standing.next_run_at = announced


def _is_as_announced(leg: Leg, details: dict[bytes, bytes], standing: Standing) -> bool:
    """Whether a run is the next one of its schedule, and does what that says."""
    told = tuple(scalar(details.get(name)) for name in (b"occurrence", b"attempt", b"due_at"))
    due_at = number(standing.next_run_at)
    if (
        due_at is None
        or told != (b"%d" % standing.occurrence, b"%d" % standing.attempt, standing.next_run_at)
        or leg.metadata != standing.metadata
        or due_at > int(leg.timestamp)
    ):
        return False
    if leg.operation == b"transfer":
        terms = standing.terms
        moved = b"-" + terms[b"amount"], terms[b"target_account_id"]
        return details.keys() == SAYS and (leg.amount, leg.contra_account_id) == moved
    if leg.operation == b"schedule_postponed" and (
        details.get(b"code") != b'"insufficient_funds"' or details[b"next_run_at"] == b"null"
    ):
        return False
    return details.keys() - {b"detail"} == SAYS | {b"code"}


def _is_in_time(leg: Leg, standing: Standing, announced: bytes) -> bool:
    """Whether the attempt that follows a run is announced for when it should be."""
    due_at, before = number(announced), number(standing.next_run_at)
    if before is None:
        return True  # it is not as it was announced
    if due_at is None:
        return False
    if leg.operation == b"schedule_postponed":
        wait = RETRIED_AFTER.get(standing.attempt)
        return wait is not None and due_at >= before + wait
    terms = standing.terms
    every, until = terms[b"every"], terms[b"until"]
    return (until == NULL or due_at < int(until)) and is_due(
        int(terms[b"run_at"]),
        None if every == NULL else plain(every),
        plain(terms[b"time_zone"]).decode(),
        standing.occurrence + 1,
        due_at,
    )


def _cancelled(leg: Leg, left_open: Open) -> Iterator[Fact]:
    schedule_id = scalar(members(leg.details).get(b"schedule_id"))
    standing = _active(left_open).pop(schedule_id, None)
    state = b"cancelled, and not active"
    if standing is not None:
        state = _stands(b"cancelled", leg.timestamp, standing, NULL)
    yield Fact(FOLLOWS, leg.account_id, schedule_id, state)


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is still active, and when it is tried next."""
    for schedule_id, standing in left_open.get(SCHEDULES, {}).items():
        state = _stands(b"active", NULL, standing, standing.next_run_at)
        yield Fact(FOLLOWS, account_id, schedule_id, state)


def _run(nth: int, transaction_id: bytes) -> bytes:
    return b"run %d is %b" % (nth, transaction_id)


def _stands(status: bytes, ended_at: bytes, at: Standing, next_run_at: bytes) -> bytes:
    numbers = b"%d\t%d\t%d" % (at.occurrence, at.attempt, at.runs)
    return b"\t".join((status, ended_at, numbers, next_run_at))


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, *opening, turn_at = row[:10] + row[16:]
    status, ended_at, occurrence, attempt, runs, next_run_at = row[10:16]
    subject = account_id, b"schedule" + number_
    yield Fact(LOGGED, *subject, b"\t".join(opening))
    stands = b"\t".join((status, ended_at, occurrence, attempt, runs, next_run_at))
    yield Fact(FOLLOWS, *subject, stands)
    if status != b"active":
        return
    latest = max(int(next_run_at), time.time() * 1000 + CLOCKS_APART)
    if turn_at == NULL or int(turn_at) > latest:
        found = {"next_run_at": number(next_run_at), "turn_at": number(turn_at)}
        yield Flaw(TURNS, account_id, found)


def _of_run(row: list[bytes]) -> Iterator[Fact]:
    account_id, number_, run_number, transaction_id = row
    state = _run(int(run_number), transaction_id)
    yield Fact(KEEPS, account_id, b"schedule" + number_, state)


def _of_needless_turn(row: list[bytes]) -> Iterator[Flaw]:
    account_id, turn_at = row
    yield Flaw(TURNS, account_id, {"next_run_at": None, "turn_at": text(turn_at)})


LEGS = {
    b"schedule_transfer": _made,
    b"transfer": _ran,
    b"schedule_postponed": _ran,
    b"schedule_failed": _ran,
    b"cancel_schedule": _cancelled,
}
TABLES = (
    Table(
        "ledger.schedules",
        columns(
            f"account_id schedule_number created_at metadata {TERMS} "
            "status ended_at occurrence attempt runs next_run_at"
        )
        + ", turn.turn_at",
        _of_row,
        join="LEFT JOIN ledger.schedule_turns AS turn ON turn.account_id = r.account_id",
    ),
    Table(
        "ledger.schedule_runs",
        columns("account_id schedule_number run_number transaction_id"),
        _of_run,
    ),
    Table(
        "ledger.schedule_turns",
        columns("account_id turn_at"),
        _of_needless_turn,
        where="r.turn_at IS NOT NULL AND NOT EXISTS (SELECT FROM ledger.schedules AS s "
        "WHERE s.account_id = r.account_id AND s.status = 'active')",
    ),
)
