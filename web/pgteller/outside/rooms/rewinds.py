"""Rewindings: the rows of ledger.rewinds are the legs that rewind their account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgteller.outside.facts import Fact
from pgteller.outside.legs import Leg
from pgteller.outside.rooms.table import Table, columns


def _rewound(leg: Leg, _: dict[bytes, Any]) -> Iterator[Fact]:
    yield Fact("rewinds_logged", leg.account_id, leg.version, leg.timestamp)


def _of_row(row: list[bytes]) -> Iterator[Fact]:
    account_id, version, timestamp = row
    yield Fact("rewinds_logged", account_id, version, timestamp)


LEGS = {b"rewind_account": _rewound}
TABLES = (Table("ledger.rewinds", columns("account_id version timestamp"), _of_row),)
