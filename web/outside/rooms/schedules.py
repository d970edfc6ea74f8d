"""Schedules: what each pays, and how each of its occurrences ended, was said by legs of the payer.

An attempt that lacked money has no leg until its occurrence ends: the leg then tells how many there
were, and each of their rows follows from the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from web.outside.facts import Fact
from web.outside.legs import Leg
from web.outside.recurrence import is_due
from web.outside.rooms.table import Flaw, Table, columns
from web.outside.wire import NULL, document, members, number, plain, scalar, text

LOGGED, FOLLOWS = "schedules_logged", "schedules_follow_legs"
KEEPS, POSTED, IN_TIME = "schedules_keep_runs", "runs_posted", "runs_in_time"
ACTIVE = b"schedules"
RETRIED_AFTER = {1: 3_600_000, 2: 14_400_000, 3: 86_400_000}  # ms after that attempt
CLOCKS_APART = 60_000  # ms, of who verifies and of the server
TERMS = "target_account_id amount run_at every until time_zone"
Open = dict[bytes, Any]


@dataclass
class Standing:
    """Where an active schedule stands after the legs so far."""

    next_run_at: bytes
    ended: int = 0  # occurrences


def _active(left_open: Open) -> dict[bytes, Standing]:
    """The schedules of the account that are active after the legs so far."""
    active: dict[bytes, Standing] = left_open.setdefault(ACTIVE, {})
    return active


def _made(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    schedule_id = scalar(details.get(b"schedule_id"))
    _active(left_open)[schedule_id] = Standing(scalar(details.get(b"run_at")))
    terms = (scalar(details.get(name)) for name in TERMS.encode().split())
    state = b"\t".join((leg.timestamp, leg.metadata, *terms))
    yield Fact(LOGGED, leg.account_id, schedule_id, state)


def _ran(leg: Leg, left_open: Open) -> Iterator[Fact]:
    """A leg that ends an occurrence."""
    details = members(leg.details)
    if b"schedule_id" not in details:
        return  # a transfer of another kind
    schedule_id = scalar(details[b"schedule_id"])
    subject = leg.account_id, schedule_id
    standing = _active(left_open).get(schedule_id)
    if standing is None:
        yield Fact(POSTED, *subject, b"run, and not active")
        return
    standing.ended += 1
    yield Fact(POSTED, *subject, _due(standing.ended, standing.next_run_at))
    told = (b"occurrence", b"attempt", b"due_at")
    run = (b"%d" % standing.ended, *(scalar(details.get(name)) for name in told), leg.metadata)
    if leg.operation == b"transfer":
        moved = (leg.transaction_id, leg.timestamp, leg.amount, leg.contra_account_id)
        yield Fact(POSTED, *subject, b"\t".join((*run, b"moved", *moved)))
    else:
        why = scalar(details.get(b"code")), document(details.get(b"detail"))
        yield Fact(POSTED, *subject, b"\t".join((*run, b"failed", *why)))
    standing.next_run_at = scalar(details.get(b"next_run_at"))
    if standing.next_run_at == NULL:
        status = b"completed" if leg.operation == b"transfer" else b"failed"
        yield Fact(FOLLOWS, *subject, _stands(status, leg.timestamp, standing.ended))
        del _active(left_open)[schedule_id]


def _cancelled(leg: Leg, left_open: Open) -> Iterator[Fact]:
    schedule_id = scalar(members(leg.details).get(b"schedule_id"))
    standing = _active(left_open).pop(schedule_id, None)
    ended = -1 if standing is None else standing.ended
    state = _stands(b"cancelled", leg.timestamp, ended + 1)
    yield Fact(FOLLOWS, leg.account_id, schedule_id, state)


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is still active, and since when the occurrence to come is announced."""
    for schedule_id, standing in left_open.get(ACTIVE, {}).items():
        occurrence = standing.ended + 1
        subject = account_id, schedule_id
        yield Fact(FOLLOWS, *subject, _stands(b"active", NULL, occurrence))
        yield Fact(FOLLOWS, *subject, _due(occurrence, standing.next_run_at))


def _due(occurrence: int, due_at: bytes) -> bytes:
    return b"occurrence %d due at %b" % (occurrence, due_at)


def _stands(status: bytes, ended_at: bytes, occurrence: int) -> bytes:
    return b"%b since %b at occurrence %d" % (status, ended_at, occurrence)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, created_at, metadata, *terms = row[:10]
    status, occurrence, attempt, runs, next_run_at, ended_at = row[10:16]
    newest, turn_at = row[16:19], row[19]  # the newest attempt at the occurrence
    schedule_id = b"schedule" + number_
    subject = account_id, schedule_id
    yield Fact(LOGGED, *subject, b"\t".join((created_at, metadata, *terms)))
    yield Fact(FOLLOWS, *subject, _stands(status, ended_at, int(occurrence)))
    yield Fact(KEEPS, *subject, b"runs", int(runs))
    tried, _, tried_at = newest
    if status == b"active" and tried == NULL:
        yield Fact(FOLLOWS, *subject, _due(int(occurrence), next_run_at))

    tries = 0 if tried == NULL else int(tried)
    expected = tries + (status in (b"active", b"cancelled"))
    due = next_run_at
    if status != b"active":
        due = NULL
    elif tries:
        due = b"%d" % (int(tried_at) + RETRIED_AFTER[tries]) if tries in RETRIED_AFTER else NULL
    if (int(attempt), next_run_at) != (expected, due) or (status == b"active" and due == NULL):
        yield Flaw(
            FOLLOWS,
            account_id,
            {
                "schedule_id": text(schedule_id),
                "status": text(status),
                "attempt": number(attempt),
                "next_run_at": number(next_run_at),
                "tries": tries,
            },
        )
    if status != b"active":
        return
    yield from _in_time(subject, terms, (occurrence, attempt, next_run_at), newest)
    latest = max(int(next_run_at), time.time() * 1000 + CLOCKS_APART)
    if turn_at == NULL or int(turn_at) > latest:
        yield Flaw(
            "schedules_have_turns",
            account_id,
            {"next_run_at": number(next_run_at), "turn_at": number(turn_at)},
        )


def _of_run(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, run_number, occurrence, attempt, due_at, tried_at = row[:7]
    transaction_id, timestamp, code, detail = row[7:11]
    status, reached, metadata, *terms = row[11:20]  # of the schedule
    any_before, occurrence_before, *before = row[20:25]  # the run before it
    is_newest = row[25] == NULL  # of its occurrence
    schedule_id = b"schedule" + number_
    subject = account_id, schedule_id
    # Against the number of runs that the schedule's row has.
    yield Fact(KEEPS, *subject, b"runs", -1)
    if (any_before == NULL) != (run_number == b"1"):
        found = {"schedule_id": text(schedule_id), "run_number": number(run_number)}
        yield Flaw(KEEPS, account_id, found)
    if status == NULL:
        return  # it has no schedule

    is_first = occurrence_before != occurrence
    is_over = int(reached) > int(occurrence) or status in (b"completed", b"failed")
    if is_first and is_over:
        yield Fact(POSTED, *subject, _due(int(occurrence), due_at))
    elif is_first and status == b"active":
        yield Fact(FOLLOWS, *subject, _due(int(occurrence), due_at))
    run = (occurrence, occurrence, attempt, due_at, metadata)
    if code == NULL:
        moved = (transaction_id, timestamp, b"-" + terms[1], terms[0])
        yield Fact(POSTED, *subject, b"\t".join((*run, b"moved", *moved)))
    elif is_newest and is_over:
        yield Fact(POSTED, *subject, b"\t".join((*run, b"failed", code, detail)))

    yield from _in_time(
        subject, terms, (occurrence, attempt, due_at), [NULL] * 3 if is_first else before
    )
    if int(tried_at) < int(due_at):
        found = {"schedule_id": text(schedule_id), "due_at": number(due_at)}
        yield Flaw(IN_TIME, account_id, {**found, "tried_at": number(tried_at)})


def _in_time(
    subject: tuple[bytes, bytes],
    terms: list[bytes],
    attempt: tuple[bytes, bytes, bytes],
    before: list[bytes],
) -> Iterator[Flaw]:
    """Whether an attempt is due when the one before it at its occurrence says, or the calendar."""
    _, _, run_at, every, until, time_zone = terms
    occurrence, nth, due_at = map(int, attempt)
    tried, code, tried_at = before
    if tried != NULL:
        wait = RETRIED_AFTER.get(int(tried))
        is_right = (
            code == b"insufficient_funds"
            and nth == int(tried) + 1
            and wait is not None
            and due_at == int(tried_at) + wait
        )
    else:
        is_right = (
            nth == 1
            and (until == NULL or due_at < int(until))
            and is_due(
                int(run_at),
                None if every == NULL else plain(every),
                plain(time_zone).decode(),
                occurrence,
                due_at,
            )
        )
    if not is_right:
        account_id, schedule_id = subject
        yield Flaw(
            IN_TIME,
            account_id,
            {
                "schedule_id": text(schedule_id),
                "occurrence": occurrence,
                "attempt": nth,
                "due_at": due_at,
            },
        )


LEGS = {
    b"schedule_transfer": _made,
    b"transfer": _ran,
    b"schedule_failed": _ran,
    b"cancel_schedule": _cancelled,
}
TABLES = (
    Table(
        "ledger.schedules",
        columns(
            f"account_id schedule_number created_at metadata {TERMS} "
            "status occurrence attempt runs next_run_at ended_at"
        )
        + ", "
        + columns("attempt code tried_at", "newest")
        + ", turn.turn_at",
        _of_row,
        join="LEFT JOIN ledger.schedule_runs AS newest "
        "ON newest.schedule_number = r.schedule_number AND newest.run_number = r.runs "
        "AND newest.occurrence = r.occurrence "
        "LEFT JOIN ledger.schedule_turns AS turn ON turn.account_id = r.account_id",
    ),
    Table(
        "ledger.schedule_runs",
        columns(
            "account_id schedule_number run_number occurrence attempt due_at tried_at "
            "transaction_id timestamp code detail"
        )
        + ", "
        + columns(f"status occurrence metadata {TERMS}", "s")
        + ", "
        + columns("run_number occurrence attempt code tried_at", "before")
        + ", following.run_number",
        _of_run,
        join="LEFT JOIN ledger.schedules AS s ON s.schedule_number = r.schedule_number "
        "LEFT JOIN ledger.schedule_runs AS before "
        "ON before.schedule_number = r.schedule_number AND before.run_number = r.run_number - 1 "
        "LEFT JOIN ledger.schedule_runs AS following "
        "ON following.schedule_number = r.schedule_number "
        "AND following.run_number = r.run_number + 1 AND following.occurrence = r.occurrence",
    ),
)
