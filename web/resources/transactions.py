"""The history of accounts, and single transactions with all their sides."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    MAX_MONEY,
    NO_METADATA,
    AccountId,
    AfterNumber,
    Answer,
    AnyAccountId,
    AsOf,
    Available,
    Balance,
    Body,
    Currency,
    GivenTimestamp,
    Hash,
    Limit,
    Metadata,
    Object,
    Operation,
    PaymentId,
    Query,
    Reason,
    SignedAmount,
    Since,
    Timestamp,
    TransactionId,
    Until,
    Version,
)
from web.routes import DEBIT, WRITING, Route

Bound = Annotated[
    int,
    Meta(ge=-MAX_MONEY, le=MAX_MONEY, description="Minor units (cents), signed.", examples=[-500]),
]
Reference = Annotated[str, Meta(description="As entries name it.", examples=["payment1"])]
ContainedMetadata = Annotated[
    str,
    Meta(
        description="A JSON object: entries whose own metadata contains all of it.",
        extra_json_schema={"examples": ['{"order": "A-1001"}']},
    ),
]


class HistoryLine(Answer):
    """One entry of an account.

    `deposited` is set for cashbacks: false while one is due but unposted, and then it has no
    transaction_id, recorded_at and hash yet.
    """

    transaction_id: TransactionId | None
    timestamp: Timestamp
    recorded_at: Timestamp | None
    operation: Operation
    amount: SignedAmount
    balance_after: Balance
    contra_account_id: AnyAccountId | None
    payment_ref: PaymentId | None
    deposited: bool | None
    reverses: TransactionId | None
    metadata: Object | None
    details: Object | None
    version: Version
    hash: Hash | None


class HistoryPage(Answer):
    """Entries by timestamp, then transaction_id; `next` is the `after` of the next page."""

    account_id: AccountId
    transactions: list[HistoryLine]
    next: Version | None


class Leg(Answer):
    """One side of a transaction.

    A house account has no balance, version or hash, and neither has a credit that a collecting
    account has not folded into its balance yet.
    """

    transaction_id: TransactionId
    timestamp: Timestamp
    recorded_at: Timestamp | None
    operation: Operation
    account_id: AnyAccountId
    currency: Currency
    amount: SignedAmount
    balance_after: Balance | None
    contra_account_id: AnyAccountId | None
    payment_ref: PaymentId | None
    reverses: TransactionId | None
    metadata: Object | None
    details: Object | None
    version: Version | None
    hash: Hash | None


class Transaction(Answer):
    """All sides of a transaction, debits first; their amounts sum to zero in each currency."""

    transaction_id: TransactionId
    legs: list[Leg]


class Reversal(Body):
    """Why, and whether also where a party is frozen or cannot cover it."""

    reason: Reason
    force: bool | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class ReversedLeg(Answer):
    """One account of the reversal: + credit, - debit, and what it then had."""

    account_id: AccountId
    amount: SignedAmount
    balance: Balance
    available: Available


class ReversalReceipt(Answer):
    """The mirror transaction; `operation` is that of the original, which `reverses` names."""

    transaction_id: TransactionId
    reverses: TransactionId
    operation: Operation
    reason: Reason
    forced: bool
    currency: Currency
    timestamp: Timestamp
    legs: list[ReversedLeg]


class HistoryAfter(Query):
    """Which entries: those that pass every filter given."""

    timestamp: AsOf | None = None
    limit: Limit = 100
    after: AfterNumber | None = None
    operation: Operation | None = None
    amount_min: Bound | None = None
    amount_max: Bound | None = None
    since: Since | None = None
    until: Until | None = None
    contra_account_id: AnyAccountId | None = None
    payment_ref: Reference | None = None
    metadata: ContainedMetadata | None = None


@Route(
    "GET",
    "/accounts/{account_id}/transactions",
    query=HistoryAfter,
    answer=HistoryPage,
    refusals=(
        "invalid_argument",
        "invalid_timestamp",
        "invalid_period",
        "invalid_metadata",
        "account_not_found",
    ),
)
def list_transactions(arguments: Arguments) -> bytes:
    """List the history of an account, oldest first.

    Cashback that was due by the moment comes last where it has not been posted. The moment is the
    end of the period where only that is given. Amounts are signed: debits of 100 and more are those
    with amount_max=-100.
    """
    return db.page("list_transactions", arguments, "transactions", "version")


@Route(
    "GET",
    "/transactions/{transaction_id}",
    answer=Transaction,
    refusals=("transaction_not_found",),
)
def get_transaction(arguments: Arguments) -> bytes:
    """Show all sides of a transaction, the house's included."""
    return db.rows("get_transaction", arguments, "legs", echo="transaction_id")


@Route(
    "POST",
    "/transactions/{transaction_id}/reversal",
    body=Reversal,
    answer=ReversalReceipt,
    idempotent=True,
    refusals=(
        "invalid_argument",
        "transaction_not_found",
        "not_reversible",
        "already_reversed",
        "permission_denied",
        *WRITING,
        *DEBIT,
        "balance_limit_exceeded",
    ),
)
def reverse_transaction(arguments: Arguments) -> bytes:
    """Undo a deposit, withdrawal, transfer or capture by its mirror image, once.

    The original stays as it is. Payments are refunded instead. Operators only.
    """
    return db.row("reverse_transaction", arguments)
