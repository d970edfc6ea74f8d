"""Accounts and their balances."""

from __future__ import annotations

from web import db
from web.db import Arguments
from web.fields import (
    NO_METADATA,
    AccountId,
    AccountStatus,
    AfterAccount,
    Answer,
    AsOf,
    Available,
    Balance,
    Body,
    Currency,
    GivenTimestamp,
    Hash,
    Limit,
    Metadata,
    NotNegative,
    Object,
    Query,
    Timestamp,
    TransactionId,
    Version,
)
from web.routes import Route


class NewAccount(Body):
    """An account to open. The currency is EUR and there is no overdraft unless told otherwise."""

    account_id: AccountId
    currency: Currency | None = None
    overdraft_limit: NotNegative | None = None
    timestamp: GivenTimestamp | None = None
    metadata: Metadata = NO_METADATA


class AccountOpened(Answer):
    """The account as it was opened."""

    account_id: AccountId
    created: bool
    currency: Currency
    status: AccountStatus
    balance: NotNegative
    available: NotNegative
    overdraft_limit: NotNegative
    transaction_id: TransactionId
    timestamp: Timestamp
    metadata: Object


class Account(Answer):
    """A whole account, its balances as of now."""

    account_id: AccountId
    currency: Currency
    status: AccountStatus
    collecting: bool
    balance: Balance
    available: Available
    held: NotNegative
    pending_cashback: NotNegative
    overdraft_limit: NotNegative
    version: Version
    head: Hash
    last_timestamp: Timestamp
    next_cashback_due: Timestamp | None
    created_at: Timestamp
    metadata: Object


class AccountPage(Answer):
    """Account ids, or whole accounts with detail=true; `next` is the `after` of the next page."""

    accounts: list[AccountId | Account]
    next: AccountId | None


class AccountBalance(Answer):
    """What an account held at a moment."""

    account_id: AccountId
    balance: Balance
    available: Available
    held: NotNegative
    pending_cashback: NotNegative
    currency: Currency
    timestamp: Timestamp


class AccountsAfter(Query):
    """Which accounts."""

    limit: Limit = 100
    after: AfterAccount | None = None
    detail: bool = False


class Moment(Query):
    """When."""

    timestamp: AsOf | None = None


@Route(
    "POST",
    "/accounts",
    body=NewAccount,
    answer=AccountOpened,
    status=201,
    location="/accounts/{account_id}",
    idempotent=True,
    refusals=(
        "invalid_account_id",
        "invalid_metadata",
        "invalid_idempotency_key",
        "unknown_currency",
        "invalid_argument",
        "operator_required",
        "invalid_timestamp",
        "idempotency_key_reused",
        "account_exists",
    ),
)
def create_account(arguments: Arguments) -> bytes:
    """Open an account."""
    return db.row("create_account", arguments)


@Route("GET", "/accounts", query=AccountsAfter, answer=AccountPage, refusals=("invalid_argument",))
def list_accounts(arguments: Arguments) -> bytes:
    """List accounts in the byte order of their ids."""
    column = None if arguments.pop("detail") else "account_id"
    return db.page("list_accounts", arguments, "accounts", "account_id", column)


@Route("GET", "/accounts/{account_id}", answer=Account, refusals=("account_not_found",))
def get_account(arguments: Arguments) -> bytes:
    """Show a whole account."""
    return db.row("get_account", arguments)


@Route(
    "GET",
    "/accounts/{account_id}/balance",
    query=Moment,
    answer=AccountBalance,
    refusals=("invalid_timestamp", "account_not_found"),
)
def get_balance(arguments: Arguments) -> bytes:
    """Show what an account holds, or held at a moment.

    Cashback that was due by then counts, whether or not it has been posted.
    """
    return db.row("get_balance", arguments)
