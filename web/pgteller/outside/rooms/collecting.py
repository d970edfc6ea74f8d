"""Collected credits: until they are folded no leg seals them, but their payer's leg says all.

What seals a folded credit is what it was by then, so that is compared with the payer's leg too.
"""

from __future__ import annotations

from collections.abc import Iterator

from pgteller.outside.facts import Fact, balance, pair
from pgteller.outside.rooms import exchanges
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.wire import NULL, members, number, scalar

SHARED = "value_at operation payment_ref actor on_behalf_of metadata posting_metadata"
CREDIT = f"account_id transaction_id leg amount contra_account_id details timestamp {SHARED}"
PAYER = f"account_id contra_account_id amount details timestamp {SHARED}"


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    collecting, currency = row[:2]
    account_id, transaction_id, leg, amount, contra, details, timestamp, *shared = row[2:_PAYERS]
    # It is a leg that is still to come: what it says for the books is not against what legs say.
    moved = int(amount)
    if contra.startswith(b"@"):
        yield balance(currency, -moved)
    else:
        fact = pair(account_id, transaction_id, contra, shared[0], currency, moved)
        yield fact._replace(value=-moved)
    yield balance(currency, moved)
    if shared[1] == b"exchange":
        fact = exchanges.side(account_id, transaction_id, leg, amount, details)
        yield fact._replace(value=-fact.value)
    if collecting == NULL:
        yield Flaw("legs_have_accounts", account_id, {"transaction_id": number(transaction_id)})
    elif collecting != b"t" or not _as_paid(row, timestamp, members(details)):
        yield _flaw(row)


def _of_folded(row: list[bytes]) -> Iterator[Flaw]:
    """One that came late has the time of the leg before it, and its own in details."""
    *row, before = row
    own = members(row[_DETAILS])
    counts_from = row[_DETAILS + 1]
    timestamp = own.pop(b"credited_at", counts_from)
    late = timestamp is not counts_from
    if not _as_paid(row, timestamp, own) or (
        late and not (before == counts_from and int(timestamp) < int(counts_from))
    ):
        yield _flaw(row)


def _as_paid(row: list[bytes], timestamp: bytes, own: dict[bytes, bytes]) -> bool:
    """Whether the payer's leg says the same, but for who is whose contra."""
    account_id, _, _, amount, contra, details, _, *shared = row[2:_PAYERS]
    payer, payer_contra, payer_amount, payer_details, paid_at, *payer_shared = row[_PAYERS:]
    if shared != payer_shared:
        return False
    agreed = members(payer_details) if shared[1] == b"exchange" else {}
    if agreed:
        payee = scalar(agreed.get(b"target_account_id"))
        expected = [payee, agreed.get(b"target_amount", NULL), payer_contra]
    else:
        expected = [payer_contra, b"%d" % -int(payer_amount), payer]
    return (
        [account_id, amount, contra, timestamp] == [*expected, paid_at]
        and own == agreed
        and details != b"{}"
    )


def _flaw(row: list[bytes]) -> Flaw:
    account_id, transaction_id, leg = row[2:5]
    found = {"transaction_id": number(transaction_id), "leg": number(leg)}
    return Flaw("credits_collected_rightly", account_id, found)


_DETAILS = 2 + CREDIT.split().index("details")
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
        _SELECT + ', before."timestamp"',
        _of_folded,
        join=_JOIN + " LEFT JOIN ledger.ledger_transactions AS before ON r.details ? 'credited_at' "
        "AND before.account_id = r.account_id AND before.version = r.version - 1",
        where="r.folded_in IS NOT NULL",
    ),
)
