"""Monitors: what each watches was said by the leg that made it, until the one that deletes it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import eq, ge, gt, le, lt
from typing import Any

from pgteller.outside.accounts import Account
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.wire import members, number, scalar, text

CHECK = "monitors_logged"
WATCHING = b"monitors"
CONDITION = (b"field", b"comparison", b"value")
COMPARISONS = {b"lt": lt, b"lte": le, b"gt": gt, b"gte": ge, b"eq": eq}
Open = dict[bytes, Any]


def _watching(left_open: Open) -> set[bytes]:
    """The monitors of the account that are active after the legs so far."""
    monitors: set[bytes] = left_open.setdefault(WATCHING, set())
    return monitors


def _create(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    monitor_id = scalar(details.get(b"monitor_id"))
    _watching(left_open).add(monitor_id)
    condition = (scalar(details.get(name)) for name in CONDITION)
    state = b"\t".join((leg.transaction_id, leg.timestamp, leg.metadata, *condition))
    yield Fact(CHECK, leg.account_id, monitor_id, state)


def _delete(leg: Leg, left_open: Open) -> Iterator[Fact]:
    monitor_id = scalar(members(leg.details).get(b"monitor_id"))
    _watching(left_open).discard(monitor_id)
    yield Fact(CHECK, leg.account_id, monitor_id, b"deleted")


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """Whether anything is watched."""
    if left_open.get(WATCHING):
        yield Fact("accounts_know_monitors", account_id, b"", b"monitored")


def of_account(account: Account) -> Iterator[Fact]:
    """Whether anything is watched, as the account's row has it: against what its legs say."""
    if account.monitored == b"t":
        yield Fact("accounts_know_monitors", account.account_id, b"", b"monitored", -1)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    account_id, number_, *made, active, triggered, balance, held, overdraft_limit = row
    monitor_id = b"monitor" + number_
    yield Fact(CHECK, account_id, monitor_id, b"\t".join(made))
    if active != b"t":
        yield Fact(CHECK, account_id, monitor_id, b"deleted")
        return
    field, comparison, value = made[-3:]
    actual = _actual(field, number(balance), number(held), number(overdraft_limit))
    compare = COMPARISONS.get(comparison)
    if actual is None or compare is None or compare(actual, int(value)) != (triggered == b"t"):
        yield Flaw(
            "monitors_evaluated",
            account_id,
            {"monitor_id": text(monitor_id), "triggered": triggered == b"t", "actual": actual},
        )


def _actual(
    field: bytes, balance: int | None, held: int | None, overdraft_limit: int | None
) -> int | None:
    """What a monitor compares; None where there is no such account, or no such number."""
    if balance is None or held is None or overdraft_limit is None:
        return None
    values = {b"balance": balance, b"available": balance - held + overdraft_limit, b"held": held}
    return values.get(field)


LEGS = {b"create_monitor": _create, b"delete_monitor": _delete}
TABLES = (
    Table(
        "ledger.monitors",
        columns(
            "account_id monitor_number transaction_id created_at metadata field comparison value "
            "active triggered"
        )
        + ", "
        + columns("balance held overdraft_limit", "a"),
        _of_row,
        join="LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id",
    ),
)
