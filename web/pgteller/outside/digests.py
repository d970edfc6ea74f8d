"""Digests that were kept outside: is all that they cover still there, unchanged?

What a digest is made of stands here alone, as engine.digest_of and docs/proof.md have it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pgteller.outside.chains import Cut
from pgteller.outside.findings import Sealed
from pgteller.outside.rule import literal
from pgteller.outside.session import OutsideError, Session
from pgteller.outside.wire import NULL, escaped, plain

BUCKETS = 256
PRIME = 2**31 - 1
MEMBERS = {"transaction_id", "timestamp", "accounts", "legs", "root", "sums", "weighted_sums"}

# Where an account that is gone has left traces.
TRACES = " UNION ALL ".join(
    (
        "SELECT account_id::text FROM ledger.accounts",
        "SELECT account_id FROM ledger.ledger_transactions",
        "SELECT contra_account_id FROM ledger.ledger_transactions",
        "SELECT account_id FROM ledger.payments",
        "SELECT owner FROM ledger.idempotency_keys",
    )
)


def number_of(digest: bytes) -> int:
    """The number below the prime that stands for a hash."""
    return int.from_bytes(digest[:4], "big") % PRIME


@dataclass
class Digest:
    """What is covered, built up account by account in byte order of their ids."""

    transaction_id: int
    timestamp: int
    accounts: int = 0
    legs: int = 0
    sums: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    weighted_sums: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def __post_init__(self) -> None:
        self._hashes = [sha256() for _ in range(BUCKETS)]

    def add(self, account_id: bytes, version: int, head: bytes) -> None:
        """The next account, with its newest leg among those covered."""
        hashed = sha256(account_id).digest()
        covered = b"%b,%d,%b" % (literal(escaped(account_id)), version, head)
        state = sha256(covered).digest()
        bucket = hashed[-1]
        self.accounts += 1
        self.legs += version
        self._hashes[bucket].update(state)
        own = number_of(state)
        self.sums[bucket] = (self.sums[bucket] + own) % PRIME
        self.weighted_sums[bucket] = (self.weighted_sums[bucket] + own * number_of(hashed)) % PRIME

    def root(self) -> str:
        """The hash of all of it."""
        numbers = (self.transaction_id, self.timestamp, self.accounts, self.legs)
        members = ",".join(map(str, (*numbers, *self.sums, *self.weighted_sums)))
        return sha256(b"".join(h.digest() for h in self._hashes) + members.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """As bank.ledger_digest answers."""
        return {
            "transaction_id": self.transaction_id,
            "timestamp": self.timestamp,
            "accounts": self.accounts,
            "legs": self.legs,
            "root": self.root(),
            "sums": self.sums,
            "weighted_sums": self.weighted_sums,
        }


class Kept:
    """A digest that was kept, and what is there now of what it covers."""

    def __init__(self, source: str, kept: dict[str, Any]) -> None:
        self.source = source
        self.kept = kept
        self.found = Digest(kept["transaction_id"], kept["timestamp"])
        self.broken: tuple[bytes, int] | None = None
        self.recorded_before: tuple[bytes, int] | None = None

    @property
    def cut(self) -> Cut:
        """What it covers."""
        return Cut(self.kept["transaction_id"], self.kept["timestamp"])

    def add(self, sealed: Sealed) -> None:
        """What it covers of the next accounts."""
        for account in sealed.accounts:
            self.found.add(*account)
        self.broken = self.broken or sealed.broken
        self.recorded_before = self.recorded_before or sealed.recorded_before

    def verdict(self, session: Session) -> dict[str, Any]:
        """As bank.verify_digest answers."""
        finding, account, version = self._finding(session)
        return {
            "digest": self.source,
            "ok": finding is None,
            "finding": finding,
            "account_id": None if account is None else account.decode(errors="replace"),
            "version": version,
            "transaction_id": self.found.transaction_id,
            "timestamp": self.found.timestamp,
            "accounts": self.found.accounts,
            "legs": self.found.legs,
        }

    def _finding(self, session: Session) -> tuple[str | None, bytes | None, int | None]:
        finding: tuple[str | None, bytes | None, int | None] = None, None, None
        if self.broken is not None:
            finding = "chain_broken", *self.broken
        found, kept = self.found.as_json(), self.kept
        if found["sums"] == kept["sums"] and found["weighted_sums"] == kept["weighted_sums"]:
            # Which of the two was changed, nobody can tell: the sums can be made to collide.
            if found != kept and finding[0] is None:
                finding = "root_differs", None, None
        else:
            account, is_there = self._differing(session)
            if finding[1] is None or (account is not None and account < finding[1]):
                gone = account is not None and not is_there
                finding = "account_missing" if gone else "history_differs", account, None
        if finding[0] is None and self.recorded_before is not None:
            finding = "recorded_before", *self.recorded_before
        return finding

    def _differing(self, session: Session) -> tuple[bytes | None, bool]:
        """The first account whose change alone explains its bucket's; and whether it is there."""
        sums = self.found.sums, self.kept["sums"]
        weighted = self.found.weighted_sums, self.kept["weighted_sums"]
        changes = [(mine - its) % PRIME for mine, its in zip(*sums, strict=True)]
        weighed = [(mine - its) % PRIME for mine, its in zip(*weighted, strict=True)]
        first: bytes | None = None
        seen: set[bytes] = set()
        for lines in session.blocks(TRACES):
            if len(seen) > 100_000:
                seen.clear()
            for name in {*lines} - seen - {NULL}:
                account = plain(name)
                hashed = sha256(account).digest()
                change = changes[hashed[-1]]
                explains = change and change * number_of(hashed) % PRIME == weighed[hashed[-1]]
                if explains and (first is None or account < first):
                    first = account
            seen.update(lines)
        if first is None:
            return None, False
        there = session.rows(
            "SELECT 1 FROM ledger.accounts AS a WHERE a.account_id = %s", [first.decode()]
        )
        return first, bool(there)


def read(path: Path) -> Kept:
    """A digest from a file: what the function or the route answered, whole and unchanged."""
    try:
        kept = json.loads(path.read_bytes())
        whole = isinstance(kept, dict) and kept.keys() == MEMBERS
        numbers = [
            *(kept[name] for name in MEMBERS - {"root", "sums", "weighted_sums"}),
            *kept["sums"],
            *kept["weighted_sums"],
        ]
        whole = whole and all(type(value) is int and value >= 0 for value in numbers)
        whole = whole and len(kept["sums"]) == len(kept["weighted_sums"]) == BUCKETS
        whole = whole and isinstance(kept["root"], str)
    except (ValueError, TypeError, LookupError, RecursionError):
        whole = False
    if not whole:
        raise OutsideError(f"{path} is not what ledger_digest returned, whole and unchanged.")
    return Kept(str(path), kept)
