"""Keeping when the ledger was verified, or a digest taken, and what came of it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege

from pgteller import calls
from pgteller.pool import UnavailableError

VERIFICATION, DIGEST = "verification", "digest"
# Seconds after which one that has not ended is taken for lost, as if whoever did it were killed.
LONGEST = {VERIFICATION: 6 * 3600.0, DIGEST: 3600.0}

Json = dict[str, Any]
Ask = Callable[[str, Json], bytes]  # the value of a statement with these arguments


def begin(ask: Ask, kind: str, every: float = 0) -> int | None:
    """The number of one that begins now; None if it is not time, or not for this login to say.

    `every` is in seconds; 0: it is time in any case.
    """
    lost_after = min(LONGEST[kind], max(every, 60.0)) if every else LONGEST[kind]
    given = {
        "kind": kind,
        "every_ms": int(every * 1000),
        "lost_after_ms": int(lost_after * 1000),
    }
    try:
        begun = json.loads(ask(calls.listed("begin_proof", tuple(given)), given))
    except InsufficientPrivilege:
        return None
    return begun[0]["proof_number"] if begun else None


def finish(ask: Ask, number: int | None, **outcome: object) -> None:
    """What came of it: violations, finding, sha256; nothing of these if it could not be done."""
    if number is None:
        return
    given = {"proof_number": number} | outcome
    ask(calls.row("finish_proof", tuple(given)), given)


@contextlib.contextmanager
def kept(ask: Ask, kind: str) -> Iterator[Json]:
    """Keep what is done in the block, whose outcome is what it puts there; or that it failed.

    One that has begun and does not end would count as going on, and keep workers from theirs.
    """
    number = begin(ask, kind)
    found: Json = {}
    try:
        yield found
    except BaseException as problem:
        with contextlib.suppress(psycopg.Error, UnavailableError):  # then it is lost in a while
            finish(ask, number, finding=reason(problem))
        raise
    finish(ask, number, **found)


def reason(problem: BaseException) -> str:
    """Why it could not be done, in a line."""
    return (str(problem).strip() or type(problem).__name__).splitlines()[0][:1000]


def outcome(verification: Json) -> Json:
    """What came of a verification, as it is kept."""
    broken = [one for one in verification["checks"] if not one["ok"]]
    found: Json = {"violations": sum(one["violations"] for one in broken)}
    if broken:
        found["finding"] = ", ".join(one["check"] for one in broken)[:1000]
    return found
