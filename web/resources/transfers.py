"""Money between two accounts."""

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
    Currency,
    GivenTimestamp,
    Metadata,
    Timestamp,
    TransactionId,
)
from web.routes import DEBIT, WRITING, Route


class Transfer(Body):
    """Who pays whom how much."""

    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class TransferReceipt(Answer):
    """What was moved; balance and available are the source's."""

    transaction_id: TransactionId
    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    balance: Balance
    available: Available
    currency: Currency
    timestamp: Timestamp


@Route(
    "POST",
    "/transfers",
    body=Transfer,
    answer=TransferReceipt,
    idempotent=True,
    refusals=(
        "invalid_amount",
        "same_account",
        "account_not_found",
        "currency_mismatch",
        *WRITING,
        *DEBIT,
        "balance_limit_exceeded",
    ),
)
def transfer(arguments: Arguments) -> bytes:
    """Move money between two accounts of one currency."""
    return db.row("transfer", arguments)
