"""Conditions on an account's numbers that are told of as soon as they come true."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    NO_METADATA,
    AccountId,
    Answer,
    Balance,
    Body,
    GivenTimestamp,
    Limit,
    Metadata,
    MonitorId,
    Object,
    Query,
    Timestamp,
    TransactionId,
)
from web.routes import WRITING, Route

FIELDS = ("balance", "available", "held")
COMPARISONS = ("lt", "lte", "gt", "gte", "eq")

# Documented like the answers', but PostgreSQL's to judge.
GivenField = Annotated[str, Meta(extra_json_schema={"enum": FIELDS})]
GivenComparison = Annotated[str, Meta(extra_json_schema={"enum": COMPARISONS})]


class NewMonitor(Body):
    """What to watch: `field` compared to `value`."""

    account_id: AccountId
    field: GivenField
    comparison: GivenComparison
    value: Balance
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Deletion(Body):
    """Nothing needs to be said."""

    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Monitor(Answer):
    """A monitor; `triggered` tells whether its condition held after the account's newest entry."""

    monitor_id: MonitorId
    account_id: AccountId
    field: Literal["balance", "available", "held"]
    comparison: Literal["lt", "lte", "gt", "gte", "eq"]
    value: Balance
    triggered: bool
    created_at: Timestamp
    transaction_id: TransactionId
    metadata: Object | None


class MonitorPage(Answer):
    """Monitors in the order in which they were made; `next` is the `after` of the next page."""

    account_id: AccountId
    monitors: list[Monitor]
    next: MonitorId | None


class MonitorsAfter(Query):
    """Which monitors."""

    limit: Limit = 100
    after: MonitorId | None = None


@Route(
    "POST",
    "/monitors",
    body=NewMonitor,
    answer=Monitor,
    idempotent=True,
    refusals=("invalid_argument", "account_not_found", "account_closed", *WRITING),
)
def create_monitor(arguments: Arguments) -> bytes:
    """Watch an account's balance, what is available of it, or what is held.

    Each time the condition becomes true, an event `monitor` follows the entry that made it so.
    """
    return db.row("create_monitor", arguments)


@Route(
    "POST",
    "/monitors/{monitor_id}/delete",
    body=Deletion,
    answer=Monitor,
    idempotent=True,
    refusals=("monitor_not_found", *WRITING),
)
def delete_monitor(arguments: Arguments) -> bytes:
    """Stop watching."""
    return db.row("delete_monitor", arguments)


@Route(
    "GET",
    "/accounts/{account_id}/monitors",
    query=MonitorsAfter,
    answer=MonitorPage,
    refusals=("invalid_argument", "monitor_not_found", "account_not_found"),
)
def list_monitors(arguments: Arguments) -> bytes:
    """List the monitors of an account."""
    return db.page("list_monitors", arguments, "monitors", "monitor_id")
