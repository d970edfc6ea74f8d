"""Idempotency keys: each is sealed by the leg that its answer tells of."""

from __future__ import annotations

from collections.abc import Iterator

from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Table, columns
from pgteller.outside.rule import hexadecimal, key_hash


def of_leg(leg: Leg) -> Fact:
    """A leg of any operation seals a key where it has the hash of one."""
    return Fact("keys_sealed", b"", hexadecimal(leg.key_hash), b"sealed")


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    # One without a response is the claim of a batch that is under way, which nobody else can see: a
    # snapshot has one only by somebody's hand, and no leg has sealed it.
    yield Fact("keys_sealed", b"", key_hash(*row), b"sealed")


TABLES = (
    Table(
        "ledger.idempotency_keys",
        columns("owner idempotency_key operation request_hash response created_at"),
        _of_row,
    ),
)
