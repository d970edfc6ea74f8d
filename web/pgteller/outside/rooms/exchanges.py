"""Exchanges: both sides say what was agreed, and each is what it says of itself.

They go through the house's position, so that neither names the other as its contra account.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Table
from pgteller.outside.wire import members, scalar

CHECK = "exchanges_as_agreed"
MINUS = ord("-")
Open = dict[bytes, Any]


def side(
    account_id: bytes, transaction_id: bytes, leg: bytes, amount: bytes, details: bytes
) -> Fact:
    """What one side says: the same as the other but for the sign, so both come to zero.

    What is not as it says itself comes to zero with nothing.
    """
    agreed = members(details)
    is_source = amount[0] == MINUS
    name = b"source" if is_source else b"target"
    sign = b"-" if is_source else b""
    says = b"\t".join(
        b"%b %b" % (key, value) for key, value in agreed.items() if key != b"credited_at"
    )
    as_it_says = (
        leg == (b"1" if is_source else b"2")
        and scalar(agreed.get(name + b"_account_id")) == account_id
        and sign + agreed.get(name + b"_amount", b"") == amount
    )
    source = scalar(agreed.get(b"source_account_id"))
    if not as_it_says:
        return Fact(CHECK, source, transaction_id, b"not as agreed: " + account_id)
    return Fact(CHECK, source, transaction_id, says, 1 if is_source else -1)


def _exchange(leg: Leg, _: Open) -> Iterator[Fact]:
    yield side(leg.account_id, leg.transaction_id, leg.leg, leg.amount, leg.details)


LEGS = {b"exchange": _exchange}
TABLES: tuple[Table, ...] = ()
