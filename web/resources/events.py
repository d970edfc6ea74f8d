"""Everything that happens, for programs that follow it."""

from __future__ import annotations

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    AfterNumber,
    Answer,
    AnyAccountId,
    Balance,
    EventId,
    Hash,
    Limit,
    Object,
    Operation,
    PaymentId,
    Query,
    SignedAmount,
    Timestamp,
    TransactionId,
    Version,
)
from web.routes import Route


class Event(Answer):
    """One entry of one account; `type` is the entry's operation."""

    event_id: EventId
    type: Operation
    account_id: AccountId
    version: Version
    transaction_id: TransactionId
    timestamp: Timestamp
    recorded_at: Timestamp
    amount: SignedAmount
    balance_after: Balance
    contra_account_id: AnyAccountId | None
    payment_ref: PaymentId | None
    reverses: TransactionId | None
    details: Object | None
    metadata: Object | None
    hash: Hash


class EventPage(Answer):
    """Events by event_id; `next` is the `after` of the next page, null on the newest one."""

    events: list[Event]
    next: EventId | None


class EventsAfter(Query):
    """Which events."""

    after: AfterNumber = 0
    limit: Limit = 100


@Route(
    "GET",
    "/events",
    query=EventsAfter,
    answer=EventPage,
    refusals=("invalid_argument", "permission_denied"),
)
def list_events(arguments: Arguments) -> bytes:
    """List what has happened, oldest first.

    Ids have no gaps, nothing comes late, and the events of an account come in the order of its
    versions: whoever asks again after the last event seen misses none and gets none twice.
    """
    return db.page("list_events", arguments, "events", "event_id")
