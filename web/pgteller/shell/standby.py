"""Reads that a standby answers, if READ_DATABASE_URL names one and it is not too far behind.

At most once a second a process asks the primary how far its log is. Each read takes along such a
position, READ_MAX_LAG old at most, and the standby that gets it answers only if it has come so far.
So the bound holds whatever standby that is, however the clocks go, and where it hears no more of
its primary. Whatever a standby does not answer, the primary is asked.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from functools import partial

import psycopg
from flask import Flask, Response, current_app, g, request

from pgteller import settings
from pgteller.pool import Pool, UnavailableError
from pgteller.sending import Caller
from pgteller.shell import db
from pgteller.shell.db import Arguments
from pgteller.shell.errors import may_have_happened

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two questions to the primary
REST = 5.0  # seconds in which a standby that failed is not asked, but once at their end
QUICK = Caller.within(2)
POSITION = "SELECT pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text"
PRIMARY = "primary"  # what a client says who must not read what is old: `Prefer: primary`
HEADERS = {"Answered-By": "standby"}


class Positions:
    """How far the primary's log was, and when: all of the last `most_lag` seconds."""

    def __init__(self, primary: Pool, most_lag: float) -> None:
        self.primary = primary
        self.most_lag = most_lag
        self.known: tuple[tuple[float, str], ...] = ()
        self.asked = float("-inf")
        self.asking = threading.Lock()

    def oldest(self) -> str | None:
        """The oldest that will do; None where none is known."""
        if time.monotonic() - self.asked >= EVERY and self.asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self.asking.release()
        least = time.monotonic() - self.most_lag
        return next((position for when, position in self.known if when >= least), None)

    def _ask(self) -> None:
        self.asked = time.monotonic()
        least = self.asked - self.most_lag
        try:
            found = db.sent(self.primary, QUICK, POSITION, {}).decode()
        except (psycopg.Error, UnavailableError) as problem:
            log.warning("primary does not tell its position", extra={"reason": str(problem)})
            return
        young = (one for one in self.known if one[0] >= least)
        self.known = (*young, (self.asked, found))


class Standby:
    """One or many of them, behind one address."""

    def __init__(self, pool: Pool, positions: Positions) -> None:
        self.pool = pool
        self.positions = positions
        self.failed = False
        self.rests_until = 0.0

    def answer(self, caller: Caller, statement: str, arguments: Arguments) -> bytes | None:
        """What it answers; None where the primary is to be asked."""
        now = time.monotonic()
        if now < self.rests_until or (position := self.positions.oldest()) is None:
            return None
        if self.failed:  # this request tries, and the others do not wait for what comes of it
            self.rests_until = now + REST
        try:
            asked = replace(caller, position=position)
            value = db.sent(self.pool, asked, statement, arguments)
        except psycopg.errors.DivisionByZero:  # which is how it says that it is behind
            self._rest("it is too far behind", EVERY, logging.INFO)
            return None
        except UnavailableError as problem:
            self._rest(str(problem), REST)
            return None
        except psycopg.Error as problem:  # a refusal too may come of what it does not know yet
            if may_have_happened(problem):
                self._rest(str(problem), REST)
            return None
        self.failed, self.rests_until = False, 0.0
        return value

    def _rest(self, reason: str, seconds: float, level: int = logging.WARNING) -> None:
        self.failed, self.rests_until = True, time.monotonic() + seconds
        log.log(level, "standby is not asked", extra={"reason": reason, "seconds": seconds})


def install(app: Flask) -> None:
    """Have one asked, where there is one."""
    url = settings.address("READ_DATABASE_URL")
    most_lag = settings.decimal("READ_MAX_LAG")
    if not url:
        return
    primary: Pool = app.extensions["pool"]
    pool = Pool(url, settings.whole("POOL_SIZE"), primary.patience, primary.names)
    pool.check = partial(db.require_known, pool.names)
    app.extensions["standby"] = Standby(pool, Positions(primary, most_lag))
    app.after_request(_tell)


def answer(statement: str, arguments: Arguments) -> bytes | None:
    """What a standby says to the request; None where the primary is to be asked."""
    standby: Standby | None = current_app.extensions.get("standby")
    if standby is None or _insists():
        return None
    found = standby.answer(db.caller(), statement, arguments)
    g.by_standby = found is not None
    return found


def _insists() -> bool:
    """Whether the client asks for the primary."""
    wishes = ",".join(request.headers.getlist("Prefer")).split(",")
    return PRIMARY in {wish.strip().lower() for wish in wishes}


def _tell(response: Response) -> Response:
    if g.get("by_standby"):
        response.headers.update(HEADERS)
    return response
