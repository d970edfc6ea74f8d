"""A leg, each value as the field of COPY; and many of them by columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from pgteller.outside.rule import COVERED
from pgteller.outside.wire import NULL, number

T = TypeVar("T")


class Row(NamedTuple, Generic[T]):
    """A row of ledger.ledger_transactions: first what its hash covers, in the order of the rule."""

    account_id: T
    version: T
    transaction_id: T
    leg: T
    timestamp: T
    value_at: T
    recorded_at: T
    operation: T
    amount: T
    balance_after: T
    held_after: T
    pending_cashback_after: T
    overdraft_limit_after: T
    contra_account_id: T
    payment_ref: T
    refers_to: T
    folded_in: T
    actor: T
    on_behalf_of: T
    metadata: T
    posting_metadata: T
    details: T
    key_hash: T
    hash_version: T
    hash: T


Leg = Row[bytes]
Legs = Row[tuple[bytes, ...]]

assert Row._fields[: len(COVERED)] == COVERED
SELECT = ", ".join(f't."{name}"' for name in Row._fields)


def leg_of(fields: Iterable[bytes]) -> Leg:
    """One, from the fields of a line."""
    return Row._make(fields)


def legs_of(rows: Iterable[list[bytes]]) -> Legs:
    """Many."""
    return Row._make(zip(*rows, strict=True))


def drawn_of(legs: Legs) -> list[int]:
    """The ids that were drawn under the accounts' locks."""
    if legs.folded_in.count(NULL) == len(legs.folded_in):
        return [*map(int, legs.transaction_id)]
    return [
        int(own if folded_in == NULL else folded_in)
        for own, folded_in in zip(legs.transaction_id, legs.folded_in, strict=True)
    ]


def drawn(leg: Leg) -> int:
    """The id that was drawn under the account's lock, which rises with its versions."""
    return number(leg.transaction_id if leg.folded_in == NULL else leg.folded_in) or 0
