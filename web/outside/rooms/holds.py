"""Holds: all that a row says was said by legs of its account."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from web.outside.accounts import Account
from web.outside.facts import Fact
from web.outside.legs import Leg
from web.outside.rooms.table import Flaw, Table, columns
from web.outside.wire import NULL, members, number, scalar, text

CHECK = "holds_logged"
HELD = b"holds"
Open = dict[bytes, Any]


def _remaining(left_open: Open) -> dict[bytes, int]:
    """What is left of each hold of the account that is open after the legs so far."""
    remaining: dict[bytes, int] = left_open.setdefault(HELD, {})
    return remaining


def _hold(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    hold_id, amount = scalar(details.get(b"hold_id")), scalar(details.get(b"amount"))
    _remaining(left_open)[hold_id] = number(amount) or 0
    state = b"\t".join(
        (
            leg.transaction_id,
            leg.timestamp,
            amount,
            scalar(details.get(b"expires_at")),
            scalar(details.get(b"target_account_id")),
            leg.metadata,
        )
    )
    yield Fact(CHECK, leg.account_id, hold_id, state)


def _close(leg: Leg, left_open: Open, status: bytes) -> Iterator[Fact]:
    """A leg that takes of a hold, or gives it up: it is over once nothing is left."""
    details = members(leg.details)
    if b"hold_id" not in details:
        return  # the other side of a capture
    hold_id = scalar(details[b"hold_id"])
    released = number(scalar(details.get(b"released"))) or 0
    if leg.amount != b"0":
        yield Fact(CHECK, leg.account_id, hold_id, b"captured", -int(leg.amount))
    remaining = _remaining(left_open)
    left = remaining.pop(hold_id, 0) + int(leg.amount) - released
    if left > 0:
        remaining[hold_id] = left
    else:
        yield Fact(CHECK, leg.account_id, hold_id, b"%b %b" % (status, leg.timestamp))


def _capture(leg: Leg, left_open: Open) -> Iterator[Fact]:
    return _close(leg, left_open, b"captured")


def _release(leg: Leg, left_open: Open) -> Iterator[Fact]:
    return _close(leg, left_open, b"released")


def _expire(leg: Leg, left_open: Open) -> Iterator[Fact]:
    return _close(leg, left_open, b"expired")


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is still open."""
    for hold_id in left_open.get(HELD, ()):
        yield Fact(CHECK, account_id, hold_id, b"open " + NULL)


def of_account(account: Account) -> Iterator[Fact]:
    """What is held, as the account's row has it."""
    held = number(account.held) or 0
    if held:
        yield Fact("holds_add_up", account.account_id, b"", b"held", held)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, *opening, captured, status, closed_at = row
    _, created_at, amount, expires_at, _, _ = opening
    hold_id = b"hold" + number_
    yield Fact(CHECK, account_id, hold_id, b"\t".join(opening))
    yield Fact(CHECK, account_id, hold_id, b"captured", int(captured))
    yield Fact(CHECK, account_id, hold_id, b"%b %b" % (status, closed_at))
    if status == b"open":
        yield Fact("holds_add_up", account_id, b"", b"held", int(amount) - int(captured))
    if not (
        0 <= int(captured) <= int(amount)
        and (int(captured) < int(amount) or status != b"open")
        and (closed_at == NULL) == (status == b"open")
        and (expires_at == NULL or int(expires_at) > int(created_at))
    ):
        yield Flaw(
            "holds_consistent",
            account_id,
            {
                "hold_id": text(hold_id),
                "amount": number(amount),
                "captured": number(captured),
                "status": text(status),
                "created_at": number(created_at),
                "expires_at": number(expires_at),
                "closed_at": number(closed_at),
            },
        )


def _of_open(row: list[bytes]) -> Iterator[Flaw]:
    number_, account_id, expires_at, target, next_due_at, target_status = row
    hold_id = "hold" + number_.decode()
    if expires_at != NULL and (next_due_at == NULL or int(expires_at) < int(next_due_at)):
        yield Flaw(
            "holds_add_up",
            account_id,
            {
                "hold_id": hold_id,
                "expires_at": number(expires_at),
                "next_due_at": number(next_due_at),
            },
        )
    over = expires_at != NULL and int(expires_at) <= time.time() * 1000
    if target != NULL and not over and target_status in (NULL, b"closed"):
        yield Flaw(
            "hold_targets_open",
            account_id,
            {"hold_id": hold_id, "target_account_id": text(target)},
        )


LEGS = {b"hold": _hold, b"capture": _capture, b"release_hold": _release, b"expire_hold": _expire}
TABLES = (
    Table(
        "ledger.holds",
        columns(
            "account_id hold_number transaction_id created_at amount expires_at "
            "target_account_id metadata captured status closed_at"
        ),
        _of_row,
    ),
    Table(
        "ledger.holds",
        columns("hold_number account_id expires_at target_account_id")
        + ", a.next_due_at, target.status",
        _of_open,
        join="LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id "
        "LEFT JOIN ledger.accounts AS target ON target.account_id = r.target_account_id",
        where="r.status = 'open'",
    ),
)
