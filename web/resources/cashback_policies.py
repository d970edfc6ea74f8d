"""What payments earn."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import Answer, Body, Currency, Limit, NotNegative, Query
from web.routes import Route

RateBps = Annotated[
    int,
    Meta(
        description="Basis points of the amount paid: 200 are 2 %.",
        extra_json_schema={"minimum": 0, "maximum": 10000, "examples": [200]},
    ),
]
DelayMs = Annotated[
    int,
    Meta(
        description="Milliseconds from the payment to its cashback, ten years at most.",
        extra_json_schema={"minimum": 0, "maximum": 315576000000, "examples": [86400000]},
    ),
]


class NewCashbackPolicy(Body):
    """The whole policy: a day's delay and no cap, unless told otherwise."""

    rate_bps: RateBps
    delay_ms: DelayMs | None = None
    max_amount: NotNegative | None = None


class CashbackPolicy(Answer):
    """What a payment in a currency earns, and when; `max_amount` is null where there is no cap."""

    currency: Currency
    rate_bps: RateBps
    delay_ms: DelayMs
    max_amount: NotNegative | None


class CashbackPolicyPage(Answer):
    """Policies by currency; `next` is the `after` of the next page."""

    cashback_policies: list[CashbackPolicy]
    next: Currency | None


class PoliciesAfter(Query):
    """Which policies."""

    limit: Limit = 100
    after: Currency | None = None


@Route(
    "PUT",
    "/cashback-policies/{currency}",
    body=NewCashbackPolicy,
    answer=CashbackPolicy,
    refusals=("unknown_currency", "invalid_argument", "permission_denied"),
)
def set_cashback_policy(arguments: Arguments) -> bytes:
    """Set what payments in a currency earn from now on.

    Cashback promised before stays as it is. A rate of 0 ends it.
    """
    return db.row("set_cashback_policy", arguments)


@Route(
    "GET",
    "/cashback-policies",
    query=PoliciesAfter,
    answer=CashbackPolicyPage,
    refusals=("invalid_argument",),
)
def list_cashback_policies(arguments: Arguments) -> bytes:
    """List what payments earn, by currency."""
    return db.page("list_cashback_policies", arguments, "cashback_policies", "currency")
