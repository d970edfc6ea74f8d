"""API keys: each was told of by the leg of @ledger that made it, and by the one that revoked it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgteller.outside.accounts import HOUSE
from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Table, columns
from pgteller.outside.wire import NULL, document, members, scalar

CHECK = "api_keys_logged"
MADE = b"api_keys"
Open = dict[bytes, Any]


def _made(left_open: Open) -> dict[bytes, tuple[bytes, bytes]]:
    """What was said of each key in the legs so far, and when it was revoked."""
    made: dict[bytes, tuple[bytes, bytes]] = left_open.setdefault(MADE, {})
    return made


def _create(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    name = scalar(details.get(b"name"))
    if name in _made(left_open):
        yield Fact(CHECK, leg.account_id, name, b"made again")
    state = b"\t".join(
        (
            scalar(details.get(b"role")),
            document(details.get(b"accounts")),
            scalar(details.get(b"secret_sha256")),
            scalar(details.get(b"created_at")),
            scalar(details.get(b"expires_at")),
        )
    )
    _made(left_open)[name] = state, NULL


def _revoke(leg: Leg, left_open: Open) -> Iterator[Fact]:
    details = members(leg.details)
    name = scalar(details.get(b"name"))
    state, revoked_at = _made(left_open).get(name, (b"", NULL))
    if not state or revoked_at != NULL:
        yield Fact(CHECK, leg.account_id, name, b"revoked, and not there")
    _made(left_open)[name] = state, scalar(details.get(b"revoked_at"))


def at_end(account_id: bytes, left_open: Open) -> Iterator[Fact]:
    """What there is."""
    for name, (state, revoked_at) in left_open.get(MADE, {}).items():
        yield Fact(CHECK, account_id, name, state + b"\t" + revoked_at)


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    name, *state = row
    yield Fact(CHECK, HOUSE, name, b"\t".join(state))


LEGS = {b"create_api_key": _create, b"revoke_api_key": _revoke}
TABLES = (
    Table(
        "ledger.api_keys",
        f"{columns('name role')}, to_jsonb(r.accounts), encode(r.secret_hash, 'hex'), "
        f"{columns('created_at expires_at revoked_at')}",
        _of_row,
    ),
)
