"""Webhooks: where events are sent was said by a leg of @ledger, until the one that deletes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from pgteller.outside.accounts import HOUSE
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Flaw, Table, columns
from pgteller.outside.wire import NULL, document, escaped, members, number, plain, scalar, text

CHECK = "webhooks_logged"
MADE = b"webhooks"
HOST = re.compile(rb"[^:]*://[^/?#]*")
Open = dict[bytes, Any]


def _made(left_open: Open) -> dict[bytes, bytes]:
    """What was said of each webhook that is there after the legs so far."""
    made: dict[bytes, bytes] = left_open.setdefault(MADE, {})
    return made


def _create(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    webhook_id = scalar(details.get(b"webhook_id"))
    state = b"\t".join(
        (
            scalar(details.get(b"host")),
            scalar(details.get(b"url_sha256")),
            document(details.get(b"types")),
            scalar(details.get(b"account_id")),
            scalar(details.get(b"after")),
            scalar(details.get(b"created_at")),
            scalar(details.get(b"secret_sha256")),
        )
    )
    if webhook_id in _made(left_open):
        yield Fact(CHECK, leg.account_id, webhook_id, b"made again")
    _made(left_open)[webhook_id] = state


def _delete(leg: Leg, left_open: Open) -> Iterator[Fact]:
    webhook_id = scalar(members(leg.details).get(b"webhook_id"))
    if _made(left_open).pop(webhook_id, None) is None:
        yield Fact(CHECK, leg.account_id, webhook_id, b"deleted, and not there")


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What is there."""
    for webhook_id, state in left_open.get(MADE, {}).items():
        yield Fact(CHECK, account_id, webhook_id, state)


def _of_row(row: list[bytes]) -> Iterator[Fact | Flaw]:
    number_, url, secret, types, account_id, after, queued, created_at, is_told = row
    webhook_id = b"webhook" + number_
    host = HOST.match(plain(url))
    state = b"\t".join(
        (
            escaped(host[0]) if host else NULL,
            _hash(url),
            types,
            account_id,
            after,
            created_at,
            _hash(secret),
        )
    )
    yield Fact(CHECK, HOUSE, webhook_id, state)
    if not (queued == after or (int(queued) > int(after) and is_told == b"t")):
        yield Flaw(
            CHECK,
            HOUSE,
            {"webhook_id": text(webhook_id), "after": number(after), "queued": number(queued)},
        )


def _hash(field: bytes) -> bytes:
    return sha256(plain(field)).hexdigest().encode()


LEGS = {b"create_webhook": _create, b"delete_webhook": _delete}
TABLES = (
    Table(
        "ledger.webhooks",
        columns("webhook_number url secret types account_id after queued created_at")
        # Whether there is the event up to which it was sent what it wants, or a later one.
        + ", EXISTS (SELECT FROM ledger.event_batches AS b "
        "WHERE b.first_event_id + b.events > r.queued)",
        _of_row,
    ),
)
