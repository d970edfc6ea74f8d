"""Money that comes from outside, and money that leaves."""

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
from web.routes import CREDIT, DEBIT, WRITING, Route


class Movement(Body):
    """How much, and of whose."""

    account_id: AccountId
    amount: Amount
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Receipt(Answer):
    """What was moved, and what the account then had."""

    transaction_id: TransactionId
    account_id: AccountId
    amount: Amount
    balance: Balance
    available: Available
    currency: Currency
    timestamp: Timestamp


@Route(
    "POST",
    "/deposits",
    body=Movement,
    answer=Receipt,
    idempotent=True,
    refusals=("invalid_amount", "account_not_found", *WRITING, *CREDIT),
)
def deposit(arguments: Arguments) -> bytes:
    """Credit an account with money from outside."""
    return db.row("deposit", arguments)


@Route(
    "POST",
    "/withdrawals",
    body=Movement,
    answer=Receipt,
    idempotent=True,
    refusals=("invalid_amount", "account_not_found", *WRITING, *DEBIT),
)
def withdraw(arguments: Arguments) -> bytes:
    """Debit an account with money that leaves."""
    return db.row("withdraw", arguments)
