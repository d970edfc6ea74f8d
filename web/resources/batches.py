"""Many operations in one request."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    Answer,
    Available,
    Balance,
    Count,
    Object,
    Operation,
    PaymentId,
    Query,
    Timestamp,
    TransactionId,
)
from web.items import MOST, Batch
from web.resources.payments import CashbackPromise
from web.routes import Items, Route

Refusal = Annotated[
    str,
    Meta(
        description="The problem it would be by itself; `linked_failed` where another item of its "
        "chain has one.",
        extra_json_schema={"examples": ["insufficient_funds"]},
    ),
]


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
