"""Many operations in one request."""

from __future__ import annotations

from typing import Annotated, Literal

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
    Count,
    GivenTimestamp,
    Metadata,
    NotNegative,
    Object,
    Operation,
    PaymentId,
    Query,
    Timestamp,
    TransactionId,
)
from web.resources.payments import CashbackPromise
from web.routes import Items, Route

ItemKey = Annotated[
    str,
    Meta(
        description="A key of this item alone, as that of the operation by itself.",
        extra_json_schema={"minLength": 1, "maxLength": 255, "examples": ["invoice-77"]},
    ),
]
Linked = Annotated[
    bool,
    Meta(description="Joined to the next item: such a chain is posted whole or not at all."),
]


Refusal = Annotated[
    str,
    Meta(
        description="The problem it would be by itself; `linked_failed` where another item of its "
        "chain has one.",
        extra_json_schema={"examples": ["insufficient_funds"]},
    ),
]


class _Item(Body, tag_field="operation", kw_only=True):
    """What every item may have besides its operation's own members."""

    amount: Amount
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA
    idempotency_key: ItemKey | None = None
    linked: Linked | None = None


class DepositItem(_Item, tag="deposit", kw_only=True):
    """Credit an account with money from outside."""

    account_id: AccountId


class WithdrawItem(_Item, tag="withdraw", kw_only=True):
    """Debit an account with money that leaves."""

    account_id: AccountId


class TransferItem(_Item, tag="transfer", kw_only=True):
    """Move money between two accounts."""

    source_account_id: AccountId
    target_account_id: AccountId


class PayItem(_Item, tag="pay", kw_only=True):
    """Debit an account for a purchase."""

    account_id: AccountId
    merchant_account_id: AccountId | None = None
    fee: NotNegative | None = None


MOST = 10_000
BatchItem = DepositItem | WithdrawItem | TransferItem | PayItem
Batch = Annotated[list[BatchItem], Meta(extra_json_schema={"minItems": 1, "maxItems": MOST})]


class BatchOptions(Query):
    """How to take the batch."""

    atomic: Annotated[bool, Meta(description="All of it is posted, or nothing.")] = False
    dry_run: Annotated[bool, Meta(description="Answer the same, but post nothing.")] = False


class ItemResult(Answer):
    """What became of an item: what its operation answers, or why it was refused."""

    item: Annotated[Count, Meta(description="Its place in the batch, from 1.")]
    status: Literal["posted", "replayed", "refused"]
    operation: Operation
    transaction_id: TransactionId | None
    payment_id: PaymentId | None
    account_id: AccountId | None
    balance: Balance | None
    available: Available | None
    timestamp: Timestamp | None
    cashback: CashbackPromise | None
    code: Refusal | None
    detail: Object | None


class BatchResult(Answer):
    """How many items came to what, and the result of each, in order."""

    posted: Count
    replayed: Count
    refused: Count
    results: list[ItemResult]


@Route(
    "POST",
    "/batches",
    items=Items("operations", Batch, most=MOST, max_bytes=4 * 1024 * 1024),
    query=BatchOptions,
    answer=BatchResult,
    idempotent=True,
    refusals=("invalid_batch", "invalid_idempotency_key", "idempotency_key_reused"),
)
def batch(arguments: Arguments) -> bytes:
    """Run many operations in one call and one transaction.

    Exactly as if the items came one by one, in order: each is posted or refused on its own, and
    later ones see earlier ones. A refused item is a result, not an error of the request.
    """
    return db.outcomes("batch", arguments)
