"""Keeping when the ledger was verified, or a digest taken, how far that is, and what came of it."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

import psycopg
from psycopg.errors import InsufficientPrivilege

from pgteller import calls
from pgteller.pool import Connection, Pool, UnavailableError
from pgteller.sending import Caller, Settings, bounds

log = logging.getLogger(__name__)

VERIFICATION, DIGEST = "verification", "digest"
# Seconds after which one that has not ended is taken for lost, as if whoever did it were killed.
LONGEST = {VERIFICATION: 6 * 3600.0, DIGEST: 3600.0}

EVERY = 1.0  # seconds from one word of how far it is to the next
PATIENCE = 5.0  # seconds that what is kept of it may take
# A verification takes as long as it takes, and says in DEBUG messages how far it is.
LONG: Settings = (("search_path", "pg_catalog, pg_temp"), ("statement_timeout", "0"))
WATCHED: Settings = (("client_min_messages", "debug1"),)

_PROGRESS = re.compile(r"verify_ledger (\d+)/(\d+)")

Json = dict[str, Any]
Ask = Callable[[str, Json], bytes]  # the value of a statement with these arguments
Report = Callable[[int, int], None]  # told how many legs, of how many, have been looked at


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
def kept(ask: Ask, number: int | None) -> Iterator[Json]:
    """Keep what is done in the block, whose outcome is what it puts there; or that it failed.

    One that has begun and does not end would count as going on, and keep workers from theirs.
    """
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
    found: Json = {
        "violations": sum(one["violations"] for one in broken),
        "checks": json.dumps(verification["checks"]),
    }
    if broken:
        found["finding"] = ", ".join(one["check"] for one in broken)[:1000]
    return found


@contextlib.contextmanager
def heard(connection: Connection, report: Report) -> Iterator[None]:
    """Have `report` told how far a verification is that runs over it in the block, WATCHED."""

    def hear(diagnostic: psycopg.errors.Diagnostic) -> None:
        if found := _PROGRESS.fullmatch(diagnostic.message_primary or ""):
            report(int(found[1]), int(found[2]))

    connection.add_notice_handler(hear)
    try:
        yield
    finally:
        connection.remove_notice_handler(hear)


class Progress:
    """Tells the ledger every second how far a verification is, over a connection of its own.

    Nobody would see what is written over that of the verification. And in a thread of its own:
    what cannot be told, or not now, holds up nothing and ends nothing.
    """

    def __init__(self, pool: Pool, caller: Caller, number: int | None) -> None:
        self.pool = Pool(pool.url, 1, PATIENCE, pool.names)
        self.caller = replace(caller, bounds=bounds(PATIENCE, PATIENCE))
        self.number = number
        self._seen: tuple[int, int] | None = None
        self._told: tuple[int, int] | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)

    def report(self, seen: int, legs: int) -> None:
        """Hear how far it is."""
        self._seen = seen, legs

    def __enter__(self) -> Report:
        """What is to hear it, while the block runs."""
        if self.number is not None:
            self._thread.start()
        return self.report

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell the last of it, unless it failed."""
        self._ending.set()
        if self._thread.ident:
            self._thread.join(PATIENCE if kind is None else 0.1)
            if kind is None and not self._thread.is_alive():
                self._tell()
        self.pool.refuse()
        self.pool.hang_up()  # what is still asked is heard no more
        self.pool.close()

    def _run(self) -> None:
        while not self._ending.wait(EVERY):
            self._tell()

    def _tell(self) -> None:
        """Say it, if there is anything new."""
        seen = self._seen
        if seen is None or seen == self._told:
            return
        self._told = seen
        given = {"proof_number": self.number, "legs_seen": seen[0], "legs": seen[1]}
        statement = calls.row("note_progress", tuple(given))
        try:
            with self.pool.connection() as connection:
                connection.sender.value(self.caller, self.pool.names.render(statement), given)
        except (psycopg.Error, UnavailableError) as problem:
            log.info("progress could not be told", extra={"reason": reason(problem)})


class Verification:
    """A verification of the whole ledger that has begun, by whom, to be run in any thread.

    It has two connections of its own, so that it takes none from those who share the pool.
    """

    def __init__(self, pool: Pool, caller: Caller, number: int | None) -> None:
        self.pool = Pool(pool.url, 1, pool.patience, pool.names)
        self.caller = caller
        self.number = number
        self._running: Connection | None = None

    def run(self, report: Report = lambda _seen, _legs: None) -> Json:
        """What it comes to, as `GET /ledger/verification` answers it; it is kept, and how far it is
        meanwhile. `report` is told that as well, in this thread.
        """

        def told(seen: int, legs: int) -> None:
            note(seen, legs)
            report(seen, legs)

        try:
            with kept(self._ask, self.number) as outcome_kept:
                with Progress(self.pool, self.caller, self.number) as note:
                    found = self._verify(told)
                outcome_kept.update(outcome(found))
        finally:
            self.pool.close()
        return found

    def break_off(self) -> None:
        """Have it end soon, as what could not be done. Any thread may say so, and again."""
        if running := self._running:
            with contextlib.suppress(psycopg.Error, OSError):  # it may have ended meanwhile
                running.cancel_safe(timeout=PATIENCE)

    def _verify(self, report: Report) -> Json:
        statement = self.pool.names.render(calls.rows("verify_ledger", (), "checks"))
        caller = Caller(self.caller.identity + LONG + WATCHED)
        with self.pool.connection() as connection, heard(connection, report):
            self._running = connection
            try:
                value = connection.sender.value(caller, statement, {})
            finally:
                self._running = None
        found: Json = json.loads(value or b"")
        return found

    def _ask(self, statement: str, arguments: Json) -> bytes:
        """What is kept of it, quickly."""
        caller = replace(self.caller, bounds=bounds(PATIENCE, PATIENCE))
        with self.pool.connection() as connection:
            rendered = self.pool.names.render(statement)
            value = connection.sender.value(caller, rendered, arguments)
        assert value is not None
        return value
