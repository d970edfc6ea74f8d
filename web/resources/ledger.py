"""The books as a whole: whether they are intact."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import (
    AccountId,
    Answer,
    AnyAccountId,
    Body,
    Count,
    Hash,
    Timestamp,
    TransactionId,
    Version,
)
from web.routes import Route

CheckName = Annotated[
    str, Meta(description="A name from view bank.checks.", examples=["hashes_recompute"])
]


class Violation(Answer):
    """One thing that is wrong: where, and what was found."""

    account_id: AnyAccountId | None
    found: Annotated[dict[str, Any], Meta(examples=[{"version": 3, "transaction_id": 42}])]


class Check(Answer):
    """Whether a promise of the ledger is kept; `sample` holds three violations at most."""

    check: CheckName
    ok: bool
    violations: Count
    sample: list[Violation]


class Verification(Answer):
    """Every check, on one snapshot of the ledger; `ok` where all of them are."""

    ok: bool
    checks: list[Check]


Sums = Annotated[
    list[Annotated[int, Meta(extra_json_schema={"minimum": 0, "maximum": 2147483646})]],
    Meta(
        description="One number per bucket of accounts: they tell which account has changed.",
        extra_json_schema={"minItems": 256, "maxItems": 256, "examples": [[0] * 256]},
    ),
]
Patience = Annotated[
    int,
    Meta(
        description="How many ms to wait for transactions at work to end; 5000 if left out.",
        extra_json_schema={"minimum": 0, "maximum": 3600000, "examples": [5000]},
    ),
]


class DigestRequest(Body):
    """How to take a digest."""

    patience: Patience | None = None


class Digest(Answer):
    """What to keep outside the database: it covers every entry that was there."""

    transaction_id: TransactionId
    timestamp: Timestamp
    accounts: Count
    legs: Count
    root: Hash
    sums: Sums
    weighted_sums: Sums


class SealedLedger(Body):
    """A digest, as it was given."""

    digest: Annotated[
        msgspec.Raw,
        Meta(
            description="What POST /ledger/digests answered.",
            extra_json_schema={"$ref": "#/components/schemas/Digest"},
        ),
    ]


class DigestVerification(Answer):
    """Whether all that was sealed is there unchanged; if not, what is the first to differ, and how.

    `chain_broken`: the entry at `version` is not what was posted. `account_missing`,
    `history_differs`: the account, or its history as a whole, is not what was sealed; without an
    `account_id` where too many differ to tell them apart.
    """

    ok: bool
    finding: Literal["chain_broken", "account_missing", "history_differs"] | None
    account_id: AccountId | None
    version: Version | None
    transaction_id: TransactionId
    timestamp: Timestamp | None
    accounts: Count
    legs: Count


@Route("GET", "/ledger/verification", answer=Verification, refusals=("permission_denied",))
def verify_ledger(_: Arguments) -> bytes:
    """Prove that the books are intact, or say where they are not.

    Reads the whole ledger, about eight seconds per million entries, and holds nobody up.
    """
    return db.verification()


@Route(
    "POST",
    "/ledger/digests",
    body=DigestRequest,
    answer=Digest,
    refusals=("invalid_argument", "ledger_busy", "permission_denied"),
)
def take_digest(arguments: Arguments) -> bytes:
    """Seal the ledger as it is, in a few kilobytes.

    Keep them where nobody who can reach the database can. Nobody is held up.
    """
    return db.value("ledger_digest", arguments)


@Route(
    "POST",
    "/ledger/digests/verification",
    body=SealedLedger,
    answer=DigestVerification,
    refusals=("invalid_argument", "permission_denied"),
)
def verify_digest(arguments: Arguments) -> bytes:
    """Tell whether everything that a digest sealed is still there, unchanged."""
    return db.row("verify_digest", {"digest": None} | arguments)
