"""Payments and their cashback: all that a row says was said by legs of the payer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgteller.outside.accounts import Account
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.wire import NULL, members, number, scalar, text

MINUS = ord("-")
Open = dict[bytes, Any]


def _is_debit(leg: Leg) -> bool:
    """The payer's legs of a payment, or the merchant's of a refund."""
    return leg.amount[0] == MINUS


def _pay(leg: Leg, _: Open) -> Iterator[Fact]:
    if _is_debit(leg):
        promise = members(leg.details)
        state = b" ".join(
            (
                leg.transaction_id,
                leg.timestamp,
                leg.amount,
                promise.get(b"cashback", b"0"),
                *(scalar(promise.get(name)) for name in (b"due_at", b"rate_bps", b"max_amount")),
                leg.contra_account_id,
            )
        )
        yield Fact("payments_posted", leg.account_id, leg.payment_ref, state)


def _fee(leg: Leg, _: Open) -> Iterator[Fact]:
    if _is_debit(leg):
        state = b"fee of " + leg.transaction_id
        yield Fact("payments_posted", leg.account_id, leg.payment_ref, state, -int(leg.amount))


def _refund(leg: Leg, _: Open) -> Iterator[Fact]:
    if not _is_debit(leg):
        cancelled = members(leg.details).get(b"cashback_cancelled", b"0")
        subject = "refunds_posted", leg.account_id, leg.payment_ref
        yield Fact(*subject, b"refunded", int(leg.amount))
        yield Fact(*subject, b"cancelled", int(cancelled))


def _cashback(leg: Leg, _: Open) -> Iterator[Fact]:
    state = b" ".join((leg.transaction_id, leg.timestamp, leg.amount))
    yield Fact("cashbacks_posted_once", leg.account_id, leg.payment_ref, state)


def _clawback(leg: Leg, _: Open) -> Iterator[Fact]:
    yield Fact(
        "claw_backs_posted", leg.account_id, leg.payment_ref, b"clawed back", -int(leg.amount)
    )


def of_account(account: Account) -> Iterator[Fact]:
    """What is pending, as the account's row has it."""
    pending = number(account.pending_cashback) or 0
    if pending:
        yield Fact("pending_cashbacks_add_up", account.account_id, b"", b"pending", pending)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    (
        number_,
        account_id,
        transaction_id,
        timestamp,
        amount,
        fee,
        merchant,
        refunded,
        promised,
        cashback,
        clawed_back,
        due_at,
        deposited_by,
        max_amount,
        rate_bps,
        status,
    ) = row
    ref = b"payment" + number_
    contra = b"@payments" if merchant == NULL else merchant
    terms = (promised, due_at, rate_bps, max_amount)
    state = b" ".join((transaction_id, timestamp, b"-" + amount, *terms, contra))
    yield Fact("payments_posted", account_id, ref, state)
    yield Fact("payments_posted", account_id, ref, b"fee of " + transaction_id, int(fee))
    yield Fact("refunds_posted", account_id, ref, b"refunded", int(refunded))
    yield Fact("refunds_posted", account_id, ref, b"cancelled", int(promised) - int(cashback))
    yield Fact("claw_backs_posted", account_id, ref, b"clawed back", int(clawed_back))
    if status == b"deposited":
        state = b" ".join((deposited_by, due_at, cashback))
        yield Fact("cashbacks_posted_once", account_id, ref, state)
    elif status == b"pending":
        yield Fact("pending_cashbacks_add_up", account_id, b"", b"pending", int(cashback))

    if not (
        int(fee) >= 0
        and 0 <= int(cashback) <= int(promised)
        and 0 <= int(clawed_back) <= int(cashback)
        and (status == NULL) == (due_at == NULL) == (promised == b"0")
        and (cashback == b"0") == (status in (NULL, b"cancelled"))
        and (deposited_by == NULL) == (status != b"deposited")
    ):
        yield Flaw(
            "payments_consistent",
            account_id,
            {
                "payment_id": text(ref),
                "fee": number(fee),
                "promised": number(promised),
                "cashback": number(cashback),
                "clawed_back": number(clawed_back),
                "status": text(status),
                "due_at": number(due_at),
                "transaction_id": number(deposited_by),
            },
        )
    if not 0 <= int(refunded) <= int(amount):
        yield Flaw(
            "refunds_within_payments",
            account_id,
            {"payment_id": text(ref), "amount": number(amount), "refunded": number(refunded)},
        )
    kept, net = int(cashback) - int(clawed_back), int(amount) - int(refunded)
    if status not in (NULL, b"cancelled") and (
        rate_bps == NULL
        or kept > net * int(rate_bps) // 10_000
        or (max_amount != NULL and kept > int(max_amount))
    ):
        yield Flaw(
            "cashbacks_within_policy",
            account_id,
            {"payment_id": text(ref), "kept": kept, "paid": net},
        )


def _of_pending(row: list[bytes]) -> Iterator[Flaw]:
    number_, account_id, due_at, next_due_at = row
    if next_due_at == NULL or int(due_at) < int(next_due_at):
        yield Flaw(
            "pending_cashbacks_add_up",
            account_id,
            {
                "payment_id": "payment" + number_.decode(),
                "due_at": number(due_at),
                "next_due_at": number(next_due_at),
            },
        )


LEGS = {
    b"pay": _pay,
    b"fee": _fee,
    b"refund": _refund,
    b"cashback": _cashback,
    b"cashback_clawback": _clawback,
}
TABLES = (
    Table(
        "ledger.payments",
        columns(
            "payment_number account_id transaction_id timestamp amount fee merchant_account_id "
            "refunded promised cashback clawed_back cashback_due_at cashback_transaction_id "
            "max_amount rate_bps cashback_status"
        ),
        _of_row,
    ),
    Table(
        "ledger.payments",
        columns("payment_number account_id cashback_due_at") + ", a.next_due_at",
        _of_pending,
        join="JOIN ledger.accounts AS a ON a.account_id = r.account_id",
        where="r.cashback_status = 'pending'",
    ),
)
