"""The life of an account: its status, its limits, what is noted of it."""

from __future__ import annotations

from web import db
from web.db import Arguments
from web.fields import NO_METADATA, Body, GivenTimestamp, Metadata, NotNegative, Reason
from web.resources.accounts import Account
from web.routes import WRITING, Route

CHANGE = ("account_not_found", *WRITING)
STATUS_CHANGE = (*CHANGE, "invalid_argument", "account_closed", "status_unchanged")


class StatusChange(Body):
    """Why."""

    reason: Reason
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class NewOverdraftLimit(Body):
    """How far below zero the account may go, and why."""

    overdraft_limit: NotNegative
    reason: Reason
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class NewMetadata(Body):
    """What takes the place of all metadata the account has."""

    metadata: Metadata
    timestamp: GivenTimestamp | None = None


class NewCollecting(Body):
    """Whether the account is to collect what it is paid."""

    collecting: bool
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


@Route(
    "POST",
    "/accounts/{account_id}/freeze",
    body=StatusChange,
    answer=Account,
    idempotent=True,
    refusals=(*STATUS_CHANGE, "permission_denied"),
)
def freeze_account(arguments: Arguments) -> bytes:
    """Stop the debits of an account; credits still arrive."""
    return db.row("freeze_account", arguments)


@Route(
    "POST",
    "/accounts/{account_id}/block",
    body=StatusChange,
    answer=Account,
    idempotent=True,
    refusals=(*STATUS_CHANGE, "permission_denied"),
)
def block_account(arguments: Arguments) -> bytes:
    """Stop both debits and credits of an account.

    Cashback promised before is credited all the same.
    """
    return db.row("block_account", arguments)


@Route(
    "POST",
    "/accounts/{account_id}/unfreeze",
    body=StatusChange,
    answer=Account,
    idempotent=True,
    refusals=(*STATUS_CHANGE, "permission_denied"),
)
def unfreeze_account(arguments: Arguments) -> bytes:
    """Make a frozen or blocked account active again."""
    return db.row("unfreeze_account", arguments)


@Route(
    "POST",
    "/accounts/{account_id}/close",
    body=StatusChange,
    answer=Account,
    idempotent=True,
    refusals=(
        *CHANGE,
        "invalid_argument",
        "account_closed",
        "account_collecting",
        "balance_not_zero",
        "hold_open",
        "cashback_pending",
        "permission_denied",
    ),
)
def close_account(arguments: Arguments) -> bytes:
    """Close an account for ever.

    It must have a balance of zero, no open hold and no pending cashback, and not be collecting.
    """
    return db.row("close_account", arguments)


@Route(
    "PUT",
    "/accounts/{account_id}/overdraft-limit",
    body=NewOverdraftLimit,
    answer=Account,
    idempotent=True,
    refusals=(
        *CHANGE,
        "invalid_argument",
        "account_closed",
        "overdraft_in_use",
        "balance_limit_exceeded",
        "permission_denied",
    ),
)
def set_overdraft_limit(arguments: Arguments) -> bytes:
    """Set how far below zero an account may go.

    Not below what is in use: `lowest` tells how low is possible.
    """
    return db.row("set_overdraft_limit", arguments)


@Route(
    "PUT",
    "/accounts/{account_id}/metadata",
    body=NewMetadata,
    answer=Account,
    idempotent=True,
    refusals=(*CHANGE, "permission_denied"),
)
def set_account_metadata(arguments: Arguments) -> bytes:
    """Replace the metadata of an account."""
    return db.row("set_account_metadata", arguments)


@Route(
    "PUT",
    "/accounts/{account_id}/collecting",
    body=NewCollecting,
    answer=Account,
    idempotent=True,
    refusals=(
        *CHANGE,
        "invalid_argument",
        "account_closed",
        "balance_limit_exceeded",
        "permission_denied",
    ),
)
def set_collecting(arguments: Arguments) -> bytes:
    """Have an account collect its credits without a lock, or stop it.

    For accounts that many pay into at once: payers then do not queue for it.
    """
    return db.row("set_collecting", arguments)
