"""Reversals: each row has legs that are its transaction's mirror image, and none are left over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Table, columns

CHECK = "reversals_mirror"


def _reversal(leg: Leg, _: dict[bytes, Any]) -> Iterator[Fact]:
    pair = b"%b by %b" % (leg.refers_to, leg.transaction_id)
    if leg.leg == b"1":
        yield Fact(CHECK, b"", pair, b"noted")
    yield Fact(CHECK, b"", pair, leg.account_id + b"\t" + leg.contra_account_id, int(leg.amount))


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    yield Fact(CHECK, b"", b"%b by %b" % (row[0], row[1]), b"noted")


def _of_original(row: list[bytes]) -> Iterator[Fact]:
    transaction_id, reversed_by, account_id, contra_account_id, amount = row
    pair = b"%b by %b" % (transaction_id, reversed_by)
    yield Fact(CHECK, b"", pair, account_id + b"\t" + contra_account_id, -int(amount))


LEGS = {b"reversal": _reversal}
TABLES = (
    Table("ledger.reversals", columns("transaction_id reversed_by"), _of_row),
    Table(
        "ledger.reversals",
        columns("transaction_id reversed_by")
        + ", "
        + columns("account_id contra_account_id amount", "t"),
        _of_original,
        join="JOIN ledger.ledger_transactions AS t ON t.transaction_id = r.transaction_id",
        where="t.amount <> 0",
    ),
)
