"""The types that requests and responses are made of, as they are checked and documented.

Types are checked here; values (is this amount positive, may this id exist?) are PostgreSQL's to
judge, so that the rules are written once and psql users meet the same ones. Limits given as
`extra_json_schema` are such rules: documented, not checked. NULL is the same as leaving out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

MAX_MONEY = 9007199254740991


class Body(Struct, forbid_unknown_fields=True):
    """A request body: its members are the arguments of the function called."""


class Query(Struct, forbid_unknown_fields=True):
    """Query parameters: they too are arguments of the function called."""


class Answer(Struct):
    """A response body, for the documentation alone: PostgreSQL makes the real ones."""


def _whole(description: str, example: int, low: int, high: int = MAX_MONEY) -> Meta:
    return Meta(
        description=description,
        extra_json_schema={"minimum": low, "maximum": high, "examples": [example]},
    )


def _text(description: str, example: str, **schema: object) -> Meta:
    return Meta(description=description, extra_json_schema=schema | {"examples": [example]})


AccountId = Annotated[
    str,
    _text(
        "Chosen by the client, unique for ever: any Unicode but control characters, no blank at "
        "either end, no leading @.",
        "alice",
        minLength=1,
        maxLength=64,
    ),
]
AnyAccountId = Annotated[
    str, _text("A customer account, or a house account such as @external.", "@external")
]
Amount = Annotated[int, _whole("Minor units (cents).", 500, 1)]
SignedAmount = Annotated[int, _whole("Minor units (cents): + credit, - debit.", -500, -MAX_MONEY)]
Balance = Annotated[int, _whole("Minor units (cents).", 1500, -MAX_MONEY)]
Available = Annotated[
    int, _whole("What may be spent: balance - held + overdraft limit.", 1500, -MAX_MONEY)
]
NotNegative = Annotated[int, _whole("Minor units (cents).", 0, 0)]
Count = Annotated[int, _whole("How many.", 2, 0)]
Currency = Annotated[str, _text("ISO 4217, or a unit of the bank's own.", "EUR")]
Timestamp = Annotated[int, _whole("Milliseconds since the epoch.", 1767225600000, 0)]
GivenTimestamp = Annotated[
    int,
    _whole(
        "When it counts, milliseconds since the epoch; the server's clock if left out. Operators "
        "only, and never before the newest entry of an account involved.",
        1767225600000,
        0,
    ),
]
AsOf = Annotated[
    int,
    _whole("As of this moment, milliseconds since the epoch; now if left out.", 1767225600000, 0),
]
TransactionId = Annotated[int, _whole("Rises with time on every account.", 42, 1)]
Version = Annotated[int, _whole("Number of the account's entries up to this one.", 3, 0)]
EventId = Annotated[int, _whole("Numbered without gaps in the order of their coming.", 7, 1)]
PaymentId = Annotated[
    str, _text("Given by the payment.", "payment1", pattern="^payment[1-9][0-9]*$")
]
HoldId = Annotated[str, _text("Given by the hold.", "hold1", pattern="^hold[1-9][0-9]*$")]
WebhookId = Annotated[
    str, _text("Given by the webhook.", "webhook1", pattern="^webhook[1-9][0-9]*$")
]
ScheduleId = Annotated[
    str, _text("Given by the schedule.", "schedule1", pattern="^schedule[1-9][0-9]*$")
]
MonitorId = Annotated[
    str, _text("Given by the monitor.", "monitor1", pattern="^monitor[1-9][0-9]*$")
]
Hash = Annotated[
    str,
    _text(
        "SHA-256 over this entry and the hash of the account's previous one.",
        "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
    ),
]
Operation = Annotated[str, _text("What was done.", "pay")]
Reason = Annotated[str, _text("For whoever reads the log.", "asked by the holder", maxLength=500)]
Since = Annotated[
    int, _whole("Where the period begins, milliseconds since the epoch.", 1767225600000, 0)
]
Until = Annotated[
    int,
    _whole(
        "Where the period ends, milliseconds since the epoch; no longer part of it.",
        1769904000000,
        0,
        MAX_MONEY + 1,
    ),
]
Sum = Annotated[
    int,
    Meta(
        description="Minor units (cents); over many entries it may leave 2^53.",
        extra_json_schema={"examples": [1500]},
    ),
]
Metadata = Annotated[
    msgspec.Raw,
    Meta(
        description="The client's own JSON object, kept with the entry: 16384 bytes at most, no "
        "NUL characters.",
        extra_json_schema={"type": ["object", "null"], "examples": [{"order": "A-1001"}]},
    ),
]
NO_METADATA: Any = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))
Object = Annotated[dict[str, Any], Meta(extra_json_schema={"examples": [{"order": "A-1001"}]})]
AccountStatus = Literal["active", "frozen", "blocked", "closed"]
CashbackStatus = Literal["pending", "deposited", "cancelled"]
HoldStatus = Literal["open", "captured", "released", "expired"]
Limit = Annotated[int, Meta(ge=1, le=1000, description="How many at most.", examples=[100])]
BatchLimit = Annotated[int, _whole("How many at most.", 1000, 1, 100000)]

# Where a page begins: nothing in PostgreSQL refuses one that lies outside, so this is checked here.
AfterAccount = Annotated[
    str, Meta(min_length=1, max_length=64, description="The account_id seen last.", examples=["al"])
]
AfterNumber = Annotated[
    int, Meta(ge=0, le=MAX_MONEY, description="The number seen last.", examples=[0])
]

# What stands in paths: name -> how to read it there, its type.
PATH_PARAMETERS: dict[str, tuple[str, Any]] = {
    "account_id": ("text", AccountId),
    "currency": ("string", Currency),
    "payment_id": ("string", PaymentId),
    "hold_id": ("string", HoldId),
    "monitor_id": ("string", MonitorId),
    "schedule_id": ("string", ScheduleId),
    "webhook_id": ("string", WebhookId),
    "transaction_id": ("number", TransactionId),
}
