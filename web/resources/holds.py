"""Money that is reserved first and taken later."""

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
    AsOf,
    Available,
    Balance,
    BatchLimit,
    Body,
    Count,
    Currency,
    GivenTimestamp,
    HoldId,
    HoldStatus,
    Limit,
    Metadata,
    NotNegative,
    Object,
    Query,
    Timestamp,
    TransactionId,
)
from web.routes import DEBIT, WRITING, Route


class NewHold(Body):
    """What to reserve, for how long (for ever if left out), and who gets it once captured."""

    account_id: AccountId
    amount: Amount
    expires_at: Timestamp | None = None
    target_account_id: AccountId | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Capture(Body):
    """What to take: all that is left unless told otherwise.

    What is not taken is released, or stays reserved for further captures with final=false.
    """

    amount: Amount | None = None
    final: bool | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Release(Body):
    """Nothing needs to be said."""

    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class HoldReceipt(Answer):
    """The hold and its account after one step.

    `amount` is what this step reserved, captured or released; `released` is what it made available
    again; `captured` and `remaining` are of the whole hold.
    """

    hold_id: HoldId
    transaction_id: TransactionId
    account_id: AccountId
    target_account_id: AccountId | None
    amount: Amount
    captured: NotNegative
    released: NotNegative
    remaining: NotNegative
    status: HoldStatus
    expires_at: Timestamp | None
    balance: Balance
    available: Available
    held: NotNegative
    currency: Currency
    timestamp: Timestamp


class Hold(Answer):
    """A hold as of now; `closed_at` is when it was captured to its end, released or expired."""

    hold_id: HoldId
    account_id: AccountId
    target_account_id: AccountId | None
    amount: Amount
    captured: NotNegative
    remaining: NotNegative
    status: HoldStatus
    currency: Currency
    created_at: Timestamp
    expires_at: Timestamp | None
    closed_at: Timestamp | None
    transaction_id: TransactionId
    metadata: Object | None


class HoldPage(Answer):
    """Holds in the order in which they were placed; `next` is the `after` of the next page."""

    account_id: AccountId
    holds: list[Hold]
    next: HoldId | None


# Documented like HoldStatus, but PostgreSQL's to judge.
HoldFilter = Annotated[
    str, Meta(extra_json_schema={"enum": ["open", "captured", "released", "expired"]})
]


class HoldsAfter(Query):
    """Which holds."""

    status: HoldFilter | None = None
    limit: Limit = 100
    after: HoldId | None = None


class ExpirationRequest(Body):
    """Up to when, and how many at most (1000 if left out, 100000 at most)."""

    timestamp: AsOf | None = None
    limit: BatchLimit | None = None


class Expiration(Answer):
    """How many holds expired, what they still reserved, and how many that are over remain."""

    expired: Count
    amount: NotNegative
    remaining: Count


OVER = ("hold_captured", "hold_released", "hold_expired")


@Route(
    "POST",
    "/holds",
    body=NewHold,
    answer=HoldReceipt,
    idempotent=True,
    refusals=(
        "invalid_amount",
        "invalid_argument",
        "same_account",
        "account_not_found",
        "currency_mismatch",
        *WRITING,
        *DEBIT,
    ),
)
def hold(arguments: Arguments) -> bytes:
    """Reserve money: available falls, the balance does not."""
    return db.row("hold", arguments)


@Route("GET", "/holds/{hold_id}", answer=Hold, refusals=("hold_not_found",))
def get_hold(arguments: Arguments) -> bytes:
    """Show a hold."""
    return db.row("get_hold", arguments)


@Route(
    "POST",
    "/holds/{hold_id}/captures",
    body=Capture,
    answer=HoldReceipt,
    idempotent=True,
    refusals=(
        "hold_not_found",
        "invalid_amount",
        "invalid_argument",
        "capture_exceeds_hold",
        *OVER,
        *WRITING,
        "account_blocked",
        "account_closed",
        "balance_limit_exceeded",
    ),
)
def capture_hold(arguments: Arguments) -> bytes:
    """Take what a hold has reserved, all of it or a part.

    It never fails for want of money. An account that is frozen by now may be captured from, one
    that is blocked may not.
    """
    return db.row("capture_hold", arguments)


@Route(
    "POST",
    "/holds/{hold_id}/release",
    body=Release,
    answer=HoldReceipt,
    idempotent=True,
    refusals=("hold_not_found", *OVER, *WRITING),
)
def release_hold(arguments: Arguments) -> bytes:
    """Give up a hold, whatever the status of the account."""
    return db.row("release_hold", arguments)


@Route(
    "GET",
    "/accounts/{account_id}/holds",
    query=HoldsAfter,
    answer=HoldPage,
    refusals=("invalid_argument", "hold_not_found", "account_not_found"),
)
def list_holds(arguments: Arguments) -> bytes:
    """List the holds of an account."""
    return db.page("list_holds", arguments, "holds", "hold_id")


@Route(
    "POST",
    "/holds/expirations",
    body=ExpirationRequest,
    answer=Expiration,
    refusals=("invalid_argument", "invalid_timestamp", "permission_denied"),
)
def expire_holds(arguments: Arguments) -> bytes:
    """Record every hold whose time is over.

    Such holds reserve nothing whether or not this has run; a repeat records nothing twice.
    """
    return db.row("expire_holds", arguments)
