"""Webhooks: where events are sent was said by legs of @ledger, until the one that deletes it.

Each leg says some of a webhook anew, so what it is now is the newest value of each member.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pgteller.outside.accounts import HOUSE
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.wire import NULL, document, escaped, members, number, plain, scalar, text

CHECK = "webhooks_logged"
SKIPPED = "deliveries_skipped_logged"
MADE = b"webhooks"
HOST = re.compile(rb"[^:]*://[^/?#]*")
Open = dict[bytes, Any]


@dataclass
class Webhook:
    """What was said of one that is there after the legs so far."""

    state: dict[bytes, bytes] = field(default_factory=dict)
    skipped: list[bytes] = field(default_factory=list)


def _made(left_open: Open) -> dict[bytes, Webhook]:
    """Those that are there after the legs so far."""
    made: dict[bytes, Webhook] = left_open.setdefault(MADE, {})
    return made


def _create(leg: Leg, left_open: Open) -> Iterator[Fact]:
    webhook_id = scalar(members(leg.details).get(b"webhook_id"))
    if webhook_id in _made(left_open):
        yield Fact(CHECK, leg.account_id, webhook_id, b"made again")
    _made(left_open)[webhook_id] = Webhook()
    yield from _change(leg, left_open)


def _change(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    webhook_id = scalar(details.pop(b"webhook_id", None))
    webhook = _made(left_open).get(webhook_id)
    if webhook is None:
        yield Fact(CHECK, leg.account_id, webhook_id, b"changed, and not there")
        return
    for name, value in details.items():
        webhook.state[name] = document(value) if name == b"types" else scalar(value)


def _skip(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    webhook_id = scalar(details.get(b"webhook_id"))
    webhook = _made(left_open).get(webhook_id)
    if webhook is None:
        yield Fact(SKIPPED, leg.account_id, webhook_id, b"skipped, and not there")
        return
    webhook.skipped.append(scalar(details.get(b"event_id")))


def _delete(leg: Leg, left_open: Open) -> Iterator[Fact]:
    webhook_id = scalar(members(leg.details).get(b"webhook_id"))
    if _made(left_open).pop(webhook_id, None) is None:
        yield Fact(CHECK, leg.account_id, webhook_id, b"deleted, and not there")


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is there, and what of it is sent no more."""
    for webhook_id, webhook in left_open.get(MADE, {}).items():
        yield Fact(CHECK, account_id, webhook_id, _told(webhook.state))
        for event_id in webhook.skipped:
            yield Fact(SKIPPED, account_id, webhook_id, event_id)


def _told(state: dict[bytes, bytes]) -> bytes:
    """Members that are not null, in one order."""
    return b"\t".join(
        name + b"\t" + value for name, value in sorted(state.items()) if value != NULL
    )


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    (
        number_, url, secret, types, account_id, after, queued, created_at, secret_before,
        secret_until, paused_at, paused_reason, is_told,
    ) = row  # fmt: skip
    webhook_id = b"webhook" + number_
    host = HOST.match(plain(url))
    state = {
        b"host": escaped(host[0]) if host else NULL,
        b"url_sha256": _hash(url),
        b"types": types,
        b"account_id": account_id,
        b"after": after,
        b"created_at": created_at,
        b"secret_sha256": _hash(secret),
        b"secret_before_sha256": _hash(secret_before),
        b"secret_until": secret_until,
        b"paused_at": paused_at,
        b"paused_reason": paused_reason,
    }
    yield Fact(CHECK, HOUSE, webhook_id, _told(state))
    if not (queued == after or (int(queued) > int(after) and is_told == b"t")):
        yield Flaw(
            CHECK,
            HOUSE,
            {"webhook_id": text(webhook_id), "after": number(after), "queued": number(queued)},
        )


def _of_skipped(row: list[bytes]) -> Iterator[Fact]:
    number_, event_id = row
    yield Fact(SKIPPED, HOUSE, b"webhook" + number_, event_id)


def _hash(field: bytes) -> bytes:
    return NULL if field == NULL else sha256(plain(field)).hexdigest().encode()


LEGS = {
    b"create_webhook": _create,
    b"update_webhook": _change,
    b"rotate_webhook_secret": _change,
    b"pause_webhook": _change,
    b"resume_webhook": _change,
    b"skip_delivery": _skip,
    b"delete_webhook": _delete,
}
TABLES = (
    Table(
        "ledger.webhooks",
        columns(
            "webhook_number url secret types account_id after queued created_at secret_before "
            "secret_until paused_at paused_reason"
        )
        # Whether there is the event up to which it was sent what it wants, or a later one.
        + ", EXISTS (SELECT FROM ledger.event_batches AS b "
        "WHERE b.first_event_id + b.events > r.queued)",
        _of_row,
    ),
    Table(
        "ledger.webhook_deliveries",
        columns("webhook_number event_id"),
        _of_skipped,
        where="r.status = 'skipped'",
    ),
)
