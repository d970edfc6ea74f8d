"""Transfers that are made later, once or again and again."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    NO_METADATA,
    AccountId,
    AfterNumber,
    Amount,
    Answer,
    AsOf,
    Body,
    Count,
    GivenTimestamp,
    Limit,
    Metadata,
    Object,
    Query,
    ScheduleId,
    Timestamp,
    TransactionId,
)
from web.routes import Route

Every = Annotated[
    str,
    Meta(
        description="From one occurrence to the next, by the calendar of UTC, counted from run_at.",
        extra_json_schema={"format": "duration", "examples": ["P1M"]},
    ),
]
Until = Annotated[
    int,
    Meta(
        description="No occurrence falls on or after it; for ever if left out.",
        extra_json_schema={"minimum": 1, "examples": [1798761600000]},
    ),
]
ScheduleStatus = Literal["active", "completed", "failed", "cancelled"]
RunNumber = Annotated[
    int, Meta(description="Rises by one.", extra_json_schema={"minimum": 0, "examples": [1]})
]


class NewSchedule(Body):
    """Who pays whom how much, when, and how often. Operators alone give a run_at in the past."""

    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    run_at: Timestamp
    every: Every | None = None
    until: Until | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class Schedule(Answer):
    """A schedule; `attempt` at `occurrence` is what comes next, or came last."""

    schedule_id: ScheduleId
    source_account_id: AccountId
    target_account_id: AccountId
    amount: Amount
    run_at: Timestamp
    every: Every | None
    until: Until | None
    status: ScheduleStatus
    next_run_at: Timestamp | None
    occurrence: Count
    attempt: Count
    runs: Count
    created_at: Timestamp
    ended_at: Timestamp | None
    metadata: Object | None


class SchedulePage(Answer):
    """Schedules in the order in which they were made; `next` is the `after` of the next page."""

    account_id: AccountId
    schedules: list[Schedule]
    next: ScheduleId | None


class Run(Answer):
    """One attempt: the transaction it made, or the code of the problem that it met."""

    run_number: RunNumber
    occurrence: Count
    attempt: Count
    due_at: Timestamp
    recorded_at: Timestamp
    status: Literal["succeeded", "refused"]
    transaction_id: TransactionId | None
    timestamp: Timestamp | None
    code: Annotated[str, Meta(examples=["insufficient_funds"])] | None
    detail: Object | None


class RunPage(Answer):
    """Runs in their order; `next` is the `after` of the next page."""

    runs: list[Run]
    next: RunNumber | None


# Documented like ScheduleStatus, but PostgreSQL's to judge.
ScheduleFilter = Annotated[
    str, Meta(extra_json_schema={"enum": ["active", "completed", "failed", "cancelled"]})
]


class SchedulesAfter(Query):
    """Which schedules."""

    status: ScheduleFilter | None = None
    limit: Limit = 100
    after: ScheduleId | None = None


class RunsAfter(Query):
    """Which runs."""

    limit: Limit = 100
    after: AfterNumber = 0


class RunRequest(Body):
    """Up to when, and how many at most (1000 if left out, 100000 at most)."""

    timestamp: AsOf | None = None
    limit: Count | None = None


class RunsMade(Answer):
    """How many transfers were made, how many were refused, and how many that are due remain."""

    succeeded: Count
    refused: Count
    remaining: Count


@Route(
    "POST",
    "/schedules",
    body=NewSchedule,
    answer=Schedule,
    idempotent=True,
    refusals=(
        "invalid_amount",
        "invalid_argument",
        "same_account",
        "account_not_found",
        "currency_mismatch",
        "account_closed",
        "invalid_metadata",
        "invalid_idempotency_key",
        "idempotency_key_reused",
        "invalid_timestamp",
        "operator_required",
    ),
)
def schedule_transfer(arguments: Arguments) -> bytes:
    """Have a transfer made later, once or again and again.

    Nothing is reserved for it. What lacks money when it is due is tried again 1, 4 and 24 hours
    later, but not beyond the next occurrence.
    """
    return db.row("schedule_transfer", arguments)


@Route("GET", "/schedules/{schedule_id}", answer=Schedule, refusals=("schedule_not_found",))
def get_schedule(arguments: Arguments) -> bytes:
    """Show a schedule."""
    return db.row("get_schedule", arguments)


@Route(
    "POST",
    "/schedules/{schedule_id}/cancel",
    answer=Schedule,
    refusals=("schedule_not_found", "schedule_ended"),
)
def cancel_schedule(arguments: Arguments) -> bytes:
    """Make none of a schedule's transfers any more."""
    return db.row("cancel_schedule", arguments)


@Route(
    "GET",
    "/accounts/{account_id}/schedules",
    query=SchedulesAfter,
    answer=SchedulePage,
    refusals=("invalid_argument", "schedule_not_found", "account_not_found"),
)
def list_schedules(arguments: Arguments) -> bytes:
    """List the schedules that an account pays."""
    return db.page("list_schedules", arguments, "schedules", "schedule_id")


@Route(
    "GET",
    "/schedules/{schedule_id}/runs",
    query=RunsAfter,
    answer=RunPage,
    refusals=("invalid_argument", "schedule_not_found"),
)
def list_schedule_runs(arguments: Arguments) -> bytes:
    """List what became of a schedule's attempts."""
    return db.page("list_schedule_runs", arguments, "runs", "run_number")


@Route(
    "POST",
    "/schedules/runs",
    body=RunRequest,
    answer=RunsMade,
    refusals=("invalid_argument", "invalid_timestamp", "operator_required", "permission_denied"),
)
def run_schedules(arguments: Arguments) -> bytes:
    """Make every scheduled transfer that is due.

    Each counts from when it was due. A repeat makes none twice, so there is no key to give.
    """
    return db.row("run_schedules", arguments)
