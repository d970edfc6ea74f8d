"""Holds: all that a row says was said by legs of its account."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pgteller.outside.accounts import Account
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.rule import CLOCKS_APART
from pgteller.outside.wire import NULL, members, number, scalar, text

CHECK = "holds_logged"
HELD = b"holds"
BACK = re.compile(rb"\{(-?\d+),(-?\d+),(-?\d+),(\d),(\d)\}")
Open = dict[bytes, Any]


@dataclass
class Standing:
    """What an open hold has come to after the legs so far."""

    expires_at: bytes
    captures: int = 0


def _open(left_open: Open) -> dict[bytes, Standing]:
    """The holds of the account that are open after the legs so far."""
    holds: dict[bytes, Standing] = left_open.setdefault(HELD, {})
    return holds


def _hold(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    hold_id = scalar(details.get(b"hold_id"))
    _open(left_open)[hold_id] = Standing(scalar(details.get(b"expires_at")))
    target = scalar(details.get(b"target_account_id"))
    state = b"\t".join((leg.transaction_id, leg.timestamp, target, leg.metadata))
    yield Fact(CHECK, leg.account_id, hold_id, state)
    yield Fact(CHECK, leg.account_id, hold_id, b"amount", int(details[b"amount"]))


def _raise(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    hold_id = scalar(details.get(b"hold_id"))
    standing = _open(left_open).get(hold_id)
    if standing is None:
        yield Fact(CHECK, leg.account_id, hold_id, b"raised, and not open")
        return
    standing.expires_at = scalar(details.get(b"expires_at"))
    yield Fact(CHECK, leg.account_id, hold_id, b"amount", int(details[b"amount"]))


def _capture(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    if b"hold_id" not in details:
        return  # the other side
    hold_id = scalar(details[b"hold_id"])
    standing = _open(left_open).get(hold_id)
    if standing is not None:
        standing.captures += 1
    nth = 0 if standing is None else standing.captures
    yield Fact(CHECK, leg.account_id, hold_id, _captured(nth, leg.transaction_id))
    yield Fact(CHECK, leg.account_id, hold_id, b"captured", -int(leg.amount))
    if details.get(b"final") == b"true":
        yield from _close(leg, hold_id, left_open, b"captured")


def _release(leg: Leg, left_open: Open) -> Iterator[Fact]:
    return _close(leg, scalar(members(leg.details).get(b"hold_id")), left_open, b"released")


def _expire(leg: Leg, left_open: Open) -> Iterator[Fact]:
    return _close(leg, scalar(members(leg.details).get(b"hold_id")), left_open, b"expired")


def _close(leg: Leg, hold_id: bytes, left_open: Open, status: bytes) -> Iterator[Fact]:
    """A leg after which a hold reserves nothing any more."""
    standing = _open(left_open).pop(hold_id, None)
    if standing is not None:
        yield Fact(CHECK, leg.account_id, hold_id, b"until " + standing.expires_at)
    yield Fact(CHECK, leg.account_id, hold_id, b"%b %b" % (status, leg.timestamp))


def _refund(leg: Leg, _: Open) -> Iterator[Fact]:
    """What gives back a part of a capture; the other side says nothing of the hold."""
    details = members(leg.details)
    if b"hold_id" in details:
        subject = leg.account_id, scalar(details[b"hold_id"])
        yield Fact(CHECK, *subject, _refunded(leg.transaction_id, leg.refers_to, leg.amount))


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is still open."""
    for hold_id, standing in left_open.get(HELD, {}).items():
        yield Fact(CHECK, account_id, hold_id, b"until " + standing.expires_at)
        yield Fact(CHECK, account_id, hold_id, b"open " + NULL)


def _captured(nth: int, transaction_id: bytes) -> bytes:
    return b"capture %d is %b" % (nth, transaction_id)


def _refunded(transaction_id: bytes, capture: bytes, amount: bytes) -> bytes:
    return b"%b gives back %b of %b" % (transaction_id, amount, capture)


def of_account(account: Account) -> Iterator[Fact]:
    """What is held, as the account's row has it."""
    held = number(account.held) or 0
    if held:
        yield Fact("holds_add_up", account.account_id, b"", b"held", held)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, *opening, amount, expires_at, captured, captures, status, closed_at = row
    created_at = opening[1]
    hold_id = b"hold" + number_
    yield Fact(CHECK, account_id, hold_id, b"\t".join(opening))
    yield Fact(CHECK, account_id, hold_id, b"amount", int(amount))
    yield Fact(CHECK, account_id, hold_id, b"until " + expires_at)
    yield Fact(CHECK, account_id, hold_id, b"captured", int(captured))
    if captures != b"{}":
        for nth, transaction_id in enumerate(captures[1:-1].split(b","), 1):
            yield Fact(CHECK, account_id, hold_id, _captured(nth, transaction_id))
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


def _of_captured(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, captured, given_back = row
    hold_id = b"hold" + number_
    total = 0
    for transaction_id, capture, amount, is_refund, counts in BACK.findall(given_back):
        if is_refund == b"1":
            state = _refunded(transaction_id, capture, amount)
            yield Fact(CHECK, account_id, hold_id, state)
        total += int(amount) * int(counts)
    if total > int(captured):
        found = {"hold_id": text(hold_id), "captured": number(captured), "refunded": total}
        yield Flaw(CHECK, account_id, found)


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
    over = expires_at != NULL and int(expires_at) <= time.time() * 1000 + CLOCKS_APART
    if target != NULL and not over and target_status in (NULL, b"closed"):
        yield Flaw(
            "hold_targets_open",
            account_id,
            {"hold_id": hold_id, "target_account_id": text(target)},
        )


LEGS = {
    b"hold": _hold,
    b"raise_hold": _raise,
    b"capture": _capture,
    b"release_hold": _release,
    b"expire_hold": _expire,
    b"refund_hold": _refund,
}
# All that refers to a hold's captures: refunds, and reversals. What was reversed does not count.
GIVEN_BACK = """ARRAY(
    SELECT ARRAY[
        t.transaction_id, t.refers_to, t.amount,
        CASE WHEN t.operation = 'refund_hold' THEN 1 ELSE 0 END,
        CASE WHEN EXISTS (
            SELECT FROM ledger.reversals AS back WHERE back.transaction_id = t.transaction_id
        ) THEN 0 ELSE 1 END
    ]
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = r.account_id AND t.refers_to = ANY (r.captures)
)"""
TABLES = (
    Table(
        "ledger.holds",
        columns(
            "account_id hold_number transaction_id created_at target_account_id metadata "
            "amount expires_at captured captures status closed_at"
        ),
        _of_row,
    ),
    Table(
        "ledger.holds",
        columns("account_id hold_number captured") + ", " + GIVEN_BACK,
        _of_captured,
        where="r.captures <> '{}'",
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
