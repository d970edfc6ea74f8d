"""Money of one currency for money of another."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

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
    Currency,
    GivenTimestamp,
    Metadata,
    Timestamp,
    TransactionId,
)
from web.routes import DEBIT, WRITING, Route

Rate = Annotated[
    str,
    Meta(
        description="Target per source in major units, as a decimal; the amounts are exact.",
        examples=["1.0842"],
    ),
]


class Exchange(Body):
    """Who gives how much, and how much who gets for it, each in the account's own currency."""

    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    target_amount: Amount
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class ExchangeReceipt(Answer):
    """What was exchanged; balance and available are the source's."""

    transaction_id: TransactionId
    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    source_currency: Currency
    target_amount: Amount
    target_currency: Currency
    rate: Rate
    balance: Balance
    available: Available
    timestamp: Timestamp


@Route(
    "POST",
    "/exchanges",
    body=Exchange,
    answer=ExchangeReceipt,
    idempotent=True,
    refusals=(
        "invalid_amount",
        "same_account",
        "account_not_found",
        "same_currency",
        *WRITING,
        *DEBIT,
        "balance_limit_exceeded",
        "permission_denied",
    ),
)
def exchange(arguments: Arguments) -> bytes:
    """Sell money of one currency for money of another.

    Both amounts are given, so the rate is exact and its rounding the caller's.
    """
    return db.row("exchange", arguments)
