"""Verifying, and taking digests, on a timetable: one worker of any number does it each time.

The ledger says whose turn it is. It goes on in a thread of its own, over a connection of
its own that no timeout cuts, since a large ledger takes its time and what falls due does not wait.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from pgteller import calls, proofs
from pgteller.pool import Connection, Pool, UnavailableError
from pgteller.sending import Caller
from pgteller.worker import digests

log = logging.getLogger(__name__)

LOOKS = 10.0  # seconds from one look at the timetable to the next
GRACE = 5.0  # seconds, at the end, for a server to break off what it does
AGAIN = 300.0  # seconds, after something that could not be done
PATIENCE = 60_000  # ms that a digest waits for transactions at work

NO_DIGEST = "TL007"  # an invalid argument

QUICK = Caller.within(30)
PATIENT = Caller((*proofs.LONG, ("application_name", "pgteller timetable")))
WATCHED = Caller(PATIENT.identity + proofs.WATCHED)

Json = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How often, in seconds (0: never), and where digests go."""

    verify_every: float = 0
    digest_every: float = 0
    digests: Path | None = None


class Timetable:
    """Does what it is time for."""

    def __init__(self, pool: Pool, plan: Plan) -> None:
        self.pool = Pool(pool.url, 1, pool.patience, pool.names)
        self.plan = plan
        self.stopping = threading.Event()
        self.running: Connection | None = None
        self.thread = threading.Thread(target=self._run, name="timetable")
        self.breaker = threading.Thread(target=self._break_off, name="breaker", daemon=True)

    def start(self) -> None:
        """Begin, if there is anything on it."""
        if self.plan.verify_every or (self.plan.digest_every and self.plan.digests):
            self.thread.start()
            self.breaker.start()

    def stop(self) -> None:
        """Wait until what goes on is broken off, which `stopping` begins."""
        self.stopping.set()
        if self.thread.ident:
            self.thread.join()
        self.pool.close()

    def _break_off(self) -> None:
        """Once we are to stop: what goes on will be done another time."""
        self.stopping.wait()
        until = time.monotonic() + GRACE
        while self.thread.is_alive():
            left = until - time.monotonic()
            if left <= 0:
                self.pool.refuse()
                self.pool.hang_up()
            elif running := self.running:
                with contextlib.suppress(psycopg.Error, OSError):  # it may have ended meanwhile
                    running.cancel_safe(timeout=left)
            self.thread.join(0.2)

    def look(self) -> bool:
        """Do what it is time for now; tells whether all of it could be done."""
        done = True
        if self.plan.verify_every:
            done = self._turn(proofs.VERIFICATION, self.plan.verify_every)
        if self.plan.digest_every and self.plan.digests and not self.stopping.is_set():
            done = self._turn(proofs.DIGEST, self.plan.digest_every) and done
        return done

    def _run(self) -> None:
        while not self.stopping.is_set():
            self.stopping.wait(LOOKS if self.look() else AGAIN)

    def _turn(self, kind: str, every: float) -> bool:
        """Do it if it is time and nobody else does; tells whether it could be done."""
        number = None
        try:
            number = proofs.begin(self._ask, kind, every)
            if number is None:
                return True
            outcome = self._verify(number) if kind == proofs.VERIFICATION else self._digest()
            proofs.finish(self._ask, number, **outcome)
        except Exception as problem:
            if not self.stopping.is_set():
                told = {"kind": kind, "reason": proofs.reason(problem)}
                log.error("it could not be done", extra=told, exc_info=_unforeseen(problem))
            self._give_up(number, proofs.reason(problem))
            return False
        return True

    def _give_up(self, number: int | None, reason: str) -> None:
        """Have another try soon, by whoever; where this cannot be said, once it is lost."""
        try:
            proofs.finish(self._ask, number, finding=reason)
        except (psycopg.Error, UnavailableError) as problem:
            log.warning("it counts as going on", extra={"reason": proofs.reason(problem)})

    def _verify(self, number: int) -> Json:
        """Whether the books are intact; how far it is can be read meanwhile."""
        statement = calls.rows("verify_ledger", (), "checks")
        with proofs.Progress(self.pool, QUICK, number) as report:
            found = json.loads(self._ask(statement, {}, WATCHED, report))
        outcome = proofs.outcome(found)
        if outcome["violations"]:
            log.error("the books are not intact", extra=outcome)
        else:
            log.info("the books are intact")
        return outcome

    def _digest(self) -> Json:
        """Whether the history is that of the digest before, and a new one."""
        assert self.plan.digests
        folder = digests.Folder(self.plan.digests, self.pool.names.schema)
        folder.require_writable()
        outcome: Json = {}
        finding = None
        if previous := folder.newest():
            finding = self._difference(previous)
            outcome["violations"] = int(finding is not None)
        if previous and finding:
            outcome["finding"] = f"{previous.name}: {finding}"[:1000]
            log.error("the history differs from a digest", extra={"finding": outcome["finding"]})
        given = {"patience": PATIENCE}
        statement = calls.value("ledger_digest", tuple(given))
        digest = self._ask(statement, given, PATIENT)
        kept, outcome["sha256"] = folder.keep(digest, differs=finding is not None)
        log.info("a digest was taken", extra={"file": str(kept), "sha256": outcome["sha256"]})
        return outcome

    def _difference(self, file: Path) -> str | None:
        """What the ledger has otherwise than a digest says; None if nothing."""
        try:
            given = {"digest": file.read_text()}
            statement = calls.row("verify_digest", tuple(given))
            found = json.loads(self._ask(statement, given, PATIENT))
        except UnicodeDecodeError:
            return "no digest"
        except psycopg.DatabaseError as problem:
            if problem.sqlstate != NO_DIGEST and not isinstance(problem, psycopg.DataError):
                raise
            return "no digest"
        return None if found["ok"] else str(found["finding"])

    def _ask(
        self,
        statement: str,
        arguments: Json,
        caller: Caller = QUICK,
        report: proofs.Report | None = None,
    ) -> bytes:
        """The statement's value; unless it is quick it may be broken off."""
        with self.pool.connection() as connection, contextlib.ExitStack() as stack:
            if report:
                stack.enter_context(proofs.heard(connection, report))
            self.running = None if caller is QUICK else connection
            try:
                rendered = self.pool.names.render(statement)
                value = connection.sender.value(caller, rendered, arguments)
            finally:
                self.running = None
        assert value is not None
        return value


def _unforeseen(problem: Exception) -> Exception | None:
    """What is a mistake of ours, to be told with where it is."""
    known = (psycopg.Error, UnavailableError, OSError)
    return None if isinstance(problem, known) else problem
