"""Balances over time, and over all accounts."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    AfterAccount,
    Answer,
    AnyAccountId,
    AsOf,
    Balance,
    Currency,
    Limit,
    Query,
    Since,
    Sum,
    Until,
)
from web.resources.accounts import AccountBalance
from web.routes import Route

# Checked by the function; the default is the function's too.
Buckets = Annotated[
    int,
    Meta(
        description="Into how many equal parts; 100 if left out.",
        extra_json_schema={"minimum": 1, "maximum": 1000, "examples": [12]},
    ),
]


class BalanceBucket(Answer):
    """A part of the period: the balance at its end, and the lowest and highest in it."""

    since: Since
    until: Until
    closing: Balance
    lowest: Balance
    highest: Balance


class BalanceHistory(Answer):
    """The parts, oldest first; fewer than asked for where the period has fewer milliseconds."""

    account_id: AccountId
    buckets: list[BalanceBucket]


class BalancePage(Answer):
    """Balances in the byte order of account ids; `next` is the `after` of the next page."""

    balances: list[AccountBalance]
    next: AccountId | None


class TrialLine(Answer):
    """A house account, or all customers together as @customers."""

    currency: Currency
    account_id: AnyAccountId
    balance: Sum


class TrialBalance(Answer):
    """The books; the lines of a currency sum to zero."""

    lines: list[TrialLine]


class Parts(Query):
    """Which period, and how finely."""

    since: Since
    until: Until
    buckets: Buckets | None = None


class BalancesAfter(Query):
    """When, and which accounts."""

    timestamp: AsOf | None = None
    limit: Limit = 100
    after: AfterAccount | None = None


class Books(Query):
    """Which currency, and when."""

    currency: Currency | None = None
    timestamp: AsOf | None = None


@Route(
    "GET",
    "/accounts/{account_id}/balance-history",
    query=Parts,
    answer=BalanceHistory,
    refusals=("invalid_timestamp", "invalid_period", "invalid_argument", "account_not_found"),
)
def balance_history(arguments: Arguments) -> bytes:
    """Show the balance of an account over a period, in equal parts, for charts."""
    return db.rows("balance_history", arguments, "buckets", echo="account_id")


@Route(
    "GET",
    "/balances",
    query=BalancesAfter,
    answer=BalancePage,
    refusals=("invalid_argument", "invalid_timestamp"),
)
def list_balances(arguments: Arguments) -> bytes:
    """List what every account holds, or held at a moment.

    Accounts opened later than that are left out.
    """
    return db.page("list_balances", arguments, "balances", "account_id")


@Route(
    "GET",
    "/trial-balance",
    query=Books,
    answer=TrialBalance,
    refusals=("unknown_currency", "invalid_timestamp", "permission_denied"),
)
def trial_balance(arguments: Arguments) -> bytes:
    """Show the balances of the house and of all customers together, by currency."""
    return db.rows("trial_balance", arguments, "lines")
