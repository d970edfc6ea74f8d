"""The books as a whole: whether they are intact."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from web import db
from web.db import Arguments
from web.fields import Answer, AnyAccountId, Count
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


@Route("GET", "/ledger/verification", answer=Verification, refusals=("permission_denied",))
def verify_ledger(_: Arguments) -> bytes:
    """Prove that the books are intact, or say where they are not.

    Reads the whole ledger, about eight seconds per million entries, and holds nobody up.
    """
    return db.verification()
