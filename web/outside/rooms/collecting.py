"""Collected credits: until they are folded no leg seals them, but their payer's leg says all.

What seals a folded credit is what it was by then, so that is compared with the payer's leg too.
"""

from __future__ import annotations

from collections.abc import Iterator

from web.outside.facts import Fact, balance, pair
from web.outside.rooms import exchanges
from web.outside.rooms.table import Flaw, Table, columns
from web.outside.wire import NULL, members, number, scalar

SHARED = "value_at operation payment_ref actor on_behalf_of metadata posting_metadata"
CREDIT = f"account_id transaction_id leg amount contra_account_id details timestamp {SHARED}"
PAYER = f"account_id contra_account_id amount details timestamp {SHARED}"


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    collecting, currency = row[:2]
    account_id, transaction_id, _leg, amount, contra, details, _timestamp, *shared = row[2:_PAYERS]
    # It is a leg that is still to come: what it says for the books is not against what legs say.
    moved = int(amount)
    if contra.startswith(b"@"):
        yield balance(currency, -moved)
    else:
        fact = pair(account_id, transaction_id, contra, shared[0], currency, moved)
        yield fact._replace(value=-moved)
    yield balance(currency, moved)
    if shared[1] == b"exchange":
        fact = exchanges.side(account_id, transaction_id, amount, details)
        yield fact._replace(value=-fact.value)
    if collecting == NULL:
        yield Flaw("legs_have_accounts", account_id, {"transaction_id": number(transaction_id)})
    elif collecting != b"t":
        yield _flaw(row)
    else:
        yield from _against_payer(row)


def _against_payer(row: list[bytes]) -> Iterator[Flaw]:
    account_id, _, _, amount, contra, details, timestamp, *shared = row[2:_PAYERS]
    payer, payer_contra, payer_amount, payer_details, paid_at, *payer_shared = row[_PAYERS:]
    if shared != payer_shared:
        yield _flaw(row)
        return
    agreed = members(payer_details) if shared[1] == b"exchange" else {}
    if agreed:
        payee = scalar(agreed.get(b"target_account_id"))
        expected = [payee, agreed.get(b"target_amount", NULL), payer_contra]
    else:
        expected = [payer_contra, b"%d" % -int(payer_amount), payer]
    own = members(details)
    empty = details != NULL and not own
    timestamp = own.pop(b"credited_at", timestamp)  # which one that came late has of its own
    if [account_id, amount, contra, timestamp] != [*expected, paid_at] or own != agreed or empty:
        yield _flaw(row)


def _flaw(row: list[bytes]) -> Flaw:
    account_id, transaction_id, leg = row[2:5]
    found = {"transaction_id": number(transaction_id), "leg": number(leg)}
    return Flaw("credits_collected_rightly", account_id, found)


_PAYERS = 2 + len(CREDIT.split())
_JOIN = (
    "LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id "
    "LEFT JOIN ledger.ledger_transactions AS payer "
    "ON payer.transaction_id = r.transaction_id AND payer.leg = r.leg - 1"
)
_SELECT = f"a.collecting, a.currency, {columns(CREDIT)}, {columns(PAYER, 'payer')}"
TABLES = (
    Table("ledger.collected_credits", _SELECT, _of_row, join=_JOIN),
    Table(
        "ledger.ledger_transactions",
        _SELECT,
        _against_payer,
        join=_JOIN,
        where="r.folded_in IS NOT NULL",
    ),
)
