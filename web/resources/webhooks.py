"""Events that are sent to whoever wants them; the worker does the sending."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    Answer,
    Body,
    Count,
    EventId,
    Limit,
    Operation,
    Query,
    Timestamp,
    WebhookId,
)
from web.routes import Route

Url = Annotated[
    str,
    Meta(
        description="Where to POST: http or https, without a user or fragment.",
        extra_json_schema={
            "maxLength": 2048,
            "format": "uri",
            "examples": ["https://example.com/events"],
        },
    ),
]
Secret = Annotated[
    str,
    Meta(
        description="Signs what is sent: visible ASCII characters.",
        extra_json_schema={
            "minLength": 16,
            "maxLength": 255,
            "examples": ["whsec_5a1f0c7be2d94c03a1e8"],
        },
    ),
]
Types = Annotated[
    list[Operation],
    Meta(
        description="Which types of events; all if left out.",
        extra_json_schema={"examples": [["deposit", "pay"]]},
    ),
]
After = Annotated[
    int,
    Meta(
        description="The event_id after which events are sent.",
        extra_json_schema={"minimum": 0, "examples": [0]},
    ),
]
DeliveryStatus = Literal["pending", "delivered"]


class NewWebhook(Body):
    """Where to send which events: those to come, unless `after` says otherwise."""

    url: Url
    secret: Secret | None = None
    types: Types | None = None
    account_id: AccountId | None = None
    after: After | None = None


class WebhookCreated(Answer):
    """The webhook with its secret, which is not shown again."""

    webhook_id: WebhookId
    url: Url
    secret: Secret
    types: Types | None
    account_id: AccountId | None
    after: After
    created_at: Timestamp


class Webhook(Answer):
    """A webhook; of the events up to `queued` that it wants, `pending` are not delivered."""

    webhook_id: WebhookId
    url: Url
    types: Types | None
    account_id: AccountId | None
    queued: After
    pending: Count
    created_at: Timestamp


class WebhookPage(Answer):
    """Webhooks in the order in which they were made; `next` is the `after` of the next page."""

    webhooks: list[Webhook]
    next: WebhookId | None


class Delivery(Answer):
    """An event on its way; without a next attempt while an earlier one of its account waits."""

    webhook_id: WebhookId
    event_id: EventId
    account_id: AccountId
    status: DeliveryStatus
    attempts: Count
    next_attempt_at: Timestamp | None
    last_attempt_at: Timestamp | None
    last_status: Annotated[int, Meta(description="HTTP status.", examples=[503])] | None
    last_error: Annotated[str, Meta(examples=["timed out"])] | None
    delivered_at: Timestamp | None


class DeliveryPage(Answer):
    """Deliveries by event_id; `next` is the `after` of the next page."""

    deliveries: list[Delivery]
    next: EventId | None


class WebhooksAfter(Query):
    """Which webhooks."""

    limit: Limit = 100
    after: WebhookId | None = None


# Documented like DeliveryStatus, but PostgreSQL's to judge.
DeliveryFilter = Annotated[str, Meta(extra_json_schema={"enum": ["pending", "delivered"]})]


class DeliveriesAfter(Query):
    """Which deliveries."""

    status: DeliveryFilter | None = None
    limit: Limit = 100
    after: After = 0


@Route(
    "POST",
    "/webhooks",
    body=NewWebhook,
    answer=WebhookCreated,
    refusals=("invalid_url", "invalid_argument", "account_not_found", "permission_denied"),
)
def create_webhook(arguments: Arguments) -> bytes:
    """Have events sent to a URL.

    Each is a POST whose body is the event as GET /events shows it, with a header
    `Pgteller-Signature: t=<seconds since the epoch>,v1=<hex>`: the HMAC-SHA256, under the secret,
    of the number after `t=`, a dot, and the body. A status of 200 to 299 means received. Anything
    else is tried again until then, after 5 s, 30 s, 2 min, 10 min, 30 min and every hour; meanwhile
    later events of the same account wait, those of others do not. An event may come twice.
    """
    return db.row("create_webhook", arguments)


@Route(
    "GET",
    "/webhooks",
    query=WebhooksAfter,
    answer=WebhookPage,
    refusals=("invalid_argument", "webhook_not_found", "permission_denied"),
)
def list_webhooks(arguments: Arguments) -> bytes:
    """List where events are sent."""
    return db.page("list_webhooks", arguments, "webhooks", "webhook_id")


@Route(
    "DELETE",
    "/webhooks/{webhook_id}",
    answer=Webhook,
    refusals=("webhook_not_found", "permission_denied"),
)
def delete_webhook(arguments: Arguments) -> bytes:
    """Send nothing there any more, and forget what was sent."""
    return db.row("delete_webhook", arguments)


@Route(
    "GET",
    "/webhooks/{webhook_id}/deliveries",
    query=DeliveriesAfter,
    answer=DeliveryPage,
    refusals=("invalid_argument", "webhook_not_found", "permission_denied"),
)
def list_deliveries(arguments: Arguments) -> bytes:
    """List what was sent to a webhook, and what waits to be."""
    return db.page("list_deliveries", arguments, "deliveries", "event_id")
