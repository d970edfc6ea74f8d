"""What payments earned."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    Amount,
    Answer,
    AsOf,
    BatchLimit,
    Body,
    CashbackStatus,
    Count,
    Limit,
    NotNegative,
    PaymentId,
    Query,
    Timestamp,
    TransactionId,
)
from web.routes import Route


class Cashback(Answer):
    """One cashback; `transaction_id` is set once it is deposited.

    `amount` is `promised` less what refunds took away before that, `clawed_back` what they took
    back after it.
    """

    payment_id: PaymentId
    account_id: AccountId
    promised: Amount
    amount: NotNegative
    clawed_back: NotNegative
    created_at: Timestamp
    due_at: Timestamp
    status: CashbackStatus
    transaction_id: TransactionId | None


class CashbackPage(Answer):
    """Cashbacks in the order of their payments; `next` is the `after` of the next page."""

    account_id: AccountId
    cashbacks: list[Cashback]
    next: PaymentId | None


# Documented like CashbackStatus, but PostgreSQL's to judge.
CashbackFilter = Annotated[
    str, Meta(extra_json_schema={"enum": ["pending", "deposited", "cancelled"]})
]


class CashbacksAfter(Query):
    """Which cashbacks."""

    status: CashbackFilter | None = None
    limit: Limit = 100
    after: PaymentId | None = None


class SettlementRequest(Body):
    """Up to when, and how many at most (1000 if left out, 100000 at most)."""

    timestamp: AsOf | None = None
    limit: BatchLimit | None = None


class Settlement(Answer):
    """What was credited, and how many that are due remain."""

    settled: Count
    amount: NotNegative
    remaining: Count


@Route(
    "GET",
    "/accounts/{account_id}/cashbacks",
    query=CashbacksAfter,
    answer=CashbackPage,
    refusals=("invalid_argument", "payment_not_found", "account_not_found"),
)
def list_cashbacks(arguments: Arguments) -> bytes:
    """List the cashbacks of an account."""
    return db.page("list_cashbacks", arguments, "cashbacks", "payment_id")


@Route(
    "POST",
    "/cashbacks/settlements",
    body=SettlementRequest,
    answer=Settlement,
    refusals=("invalid_argument", "invalid_timestamp", "permission_denied"),
)
def settle_cashbacks(arguments: Arguments) -> bytes:
    """Credit every cashback that is due.

    A repeat settles nothing twice, so there is no key to give.
    """
    return db.row("settle_cashbacks", arguments)
