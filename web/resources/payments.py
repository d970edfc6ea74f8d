"""Purchases, which earn a cashback."""

from __future__ import annotations

from web import db
from web.db import Arguments
from web.fields import (
    NO_METADATA,
    AccountId,
    Amount,
    Answer,
    Available,
    Balance,
    Body,
    CashbackStatus,
    Currency,
    GivenTimestamp,
    Metadata,
    NotNegative,
    PaymentId,
    Timestamp,
    TransactionId,
)
from web.routes import CREDIT, DEBIT, WRITING, Route


class Purchase(Body):
    """Who pays how much: to a merchant's account, else out of the bank; the fee comes on top."""

    account_id: AccountId
    amount: Amount
    merchant_account_id: AccountId | None = None
    fee: NotNegative | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class CashbackPromise(Answer):
    """What will be credited, and when."""

    amount: Amount
    due_at: Timestamp


class PaymentReceipt(Answer):
    """What was paid; `cashback` is null where it comes to nothing."""

    payment_id: PaymentId
    transaction_id: TransactionId
    account_id: AccountId
    amount: Amount
    fee: NotNegative
    merchant_account_id: AccountId | None
    balance: Balance
    available: Available
    currency: Currency
    timestamp: Timestamp
    cashback: CashbackPromise | None


class CashbackState(Answer):
    """What became of a cashback; `transaction_id` is set once it is deposited.

    `amount` is `promised` less what refunds took away before that, `clawed_back` what they took
    back after it.
    """

    promised: Amount
    amount: NotNegative
    clawed_back: NotNegative
    due_at: Timestamp
    status: CashbackStatus
    transaction_id: TransactionId | None


class Payment(Answer):
    """A payment and its cashback."""

    payment_id: PaymentId
    account_id: AccountId
    transaction_id: TransactionId
    amount: Amount
    fee: NotNegative
    merchant_account_id: AccountId | None
    refunded: NotNegative
    currency: Currency
    timestamp: Timestamp
    cashback: CashbackState | None


@Route(
    "POST",
    "/payments",
    body=Purchase,
    answer=PaymentReceipt,
    idempotent=True,
    refusals=(
        "invalid_amount",
        "invalid_argument",
        "same_account",
        "account_not_found",
        "currency_mismatch",
        *WRITING,
        *DEBIT,
        *CREDIT,
    ),
)
def pay(arguments: Arguments) -> bytes:
    """Debit an account for a purchase and promise its cashback."""
    return db.row("pay", arguments)


class Refund(Body):
    """How much: all that is left if not told otherwise."""

    amount: Amount | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class RefundReceipt(Answer):
    """What was given back, and what cashback went with it.

    `cashback_cancelled` was pending; `cashback_clawed_back` was deposited, `cashback_netted` of it
    could not have been covered without the refund. `refunded` and `refundable` are of the whole
    payment; balance and available are the payer's.
    """

    payment_id: PaymentId
    transaction_id: TransactionId
    account_id: AccountId
    merchant_account_id: AccountId | None
    amount: Amount
    refunded: NotNegative
    refundable: NotNegative
    cashback_cancelled: NotNegative
    cashback_clawed_back: NotNegative
    cashback_netted: NotNegative
    balance: Balance
    available: Available
    currency: Currency
    timestamp: Timestamp


@Route(
    "POST",
    "/payments/{payment_id}/refunds",
    body=Refund,
    answer=RefundReceipt,
    idempotent=True,
    refusals=(
        "payment_not_found",
        "invalid_amount",
        "payment_refunded",
        "refund_exceeds_payment",
        *WRITING,
        *DEBIT,
        *CREDIT,
    ),
)
def refund_payment(arguments: Arguments) -> bytes:
    """Give a payer back what was paid, all of it or a part.

    The merchant pays it, if there is one. The fee is kept. Cashback shrinks to what the rest of the
    payment earns.
    """
    return db.row("refund_payment", arguments)


@Route("GET", "/payments/{payment_id}", answer=Payment, refusals=("payment_not_found",))
def get_payment(arguments: Arguments) -> bytes:
    """Show a payment and the state of its cashback."""
    return db.row("get_payment", arguments)
