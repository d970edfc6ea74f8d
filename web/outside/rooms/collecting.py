"""Collected credits: no leg has sealed them yet, but their payer's leg says what they are."""

from __future__ import annotations

from collections.abc import Iterator

from web.outside.facts import Fact, balance, pair
from web.outside.rooms import exchanges
from web.outside.rooms.table import Flaw, Table, columns
from web.outside.wire import NULL, members, number, scalar

SHARED = "timestamp value_at operation payment_ref actor on_behalf_of metadata posting_metadata"
CREDIT = f"account_id transaction_id leg amount contra_account_id details {SHARED}"
PAYER = f"account_id contra_account_id amount details {SHARED}"


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    collecting, currency = row[:2]
    account_id, transaction_id, leg, amount, contra, details, *shared = row[2 : 2 + _CREDITS]
    payer, payer_contra, payer_amount, payer_details, *payer_shared = row[2 + _CREDITS :]
    # It is a leg that is still to come: what it says for the books is not against what legs say.
    moved = int(amount)
    if contra.startswith(b"@"):
        yield balance(currency, -moved)
    else:
        fact = pair(account_id, transaction_id, contra, shared[1], currency, moved)
        yield fact._replace(value=-moved)
    yield balance(currency, moved)
    if shared[2] == b"exchange":
        fact = exchanges.side(account_id, transaction_id, amount, details)
        yield fact._replace(value=-fact.value)
    if collecting == NULL:
        yield Flaw("legs_have_accounts", account_id, {"transaction_id": number(transaction_id)})
        return
    exchanged = payer_shared[2] == b"exchange"
    agreed = members(payer_details) if exchanged else {}
    paid = agreed.get(b"target_amount", NULL) if exchanged else b"-" + amount
    payee = scalar(agreed.get(b"target_account_id")) if exchanged else payer_contra
    if (
        collecting != b"t"
        or shared != payer_shared
        or account_id != payee
        or contra != (payer_contra if exchanged else payer)
        or (amount if exchanged else payer_amount) != paid
        or details != (payer_details if exchanged else NULL)
    ):
        yield Flaw(
            "credits_collected_rightly",
            account_id,
            {"transaction_id": number(transaction_id), "leg": number(leg)},
        )


_CREDITS = len(CREDIT.split())
TABLES = (
    Table(
        "ledger.collected_credits",
        f"a.collecting, a.currency, {columns(CREDIT)}, {columns(PAYER, 'payer')}",
        _of_row,
        join="LEFT JOIN ledger.accounts AS a ON a.account_id = r.account_id "
        "LEFT JOIN ledger.ledger_transactions AS payer "
        "ON payer.transaction_id = r.transaction_id AND payer.leg = r.leg - 1",
    ),
)
