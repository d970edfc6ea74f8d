"""Who asks, and what PostgreSQL is to know of that: role, name, accounts, and how long it may take.

Nothing is decided here. A key is looked up by `bank.authenticate`, which says which role of the
database it has; the statement of the request then runs as that role, and PostgreSQL refuses what
that may not do.  What was found is believed for some seconds, so that a key costs no statement.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from functools import partial

import psycopg
from flask import Flask, g, request

from pgteller import settings
from pgteller.sending import NAME, Caller, Settings, array, bounds
from pgteller.shell import db, tokens
from pgteller.shell.errors import ProblemError, refusal
from pgteller.shell.tokens import Vouched

BELIEVED = 5.0  # seconds, after which a key that was revoked is noticed
MOST_KNOWN = 10_000
KEY = "pgt_"  # that keys begin with
SESSION = "pgs_"  # that secrets of the console's sessions begin with
NOBODYS = ("TL401", "TL402")  # what is refused of a key or a session that does not count

MOST_SESSIONS = 8  # that are looked at of a request

_SESSION = re.compile(rf"\b{SESSION}[\w-]{{43}}(?![\w-])", re.ASCII)
_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,8192})", re.IGNORECASE)


Found = tuple[Settings | None, float]  # and for how many seconds that may be believed


class Known:
    """The keys and tokens that were asked about lately, by the hash of their text.

    Those that count for nothing are kept apart, so that guessing drives out none that do.
    """

    def __init__(self, find: Callable[[str], Found]) -> None:
        self.find = find
        self.good: dict[bytes, tuple[Settings | None, float]] = {}
        self.bad: dict[bytes, tuple[Settings | None, float]] = {}
        self.lock = threading.Lock()

    def settings(self, secret: str) -> Settings | None:
        """What a statement with this key runs with."""
        digest = _digest(secret)
        found, until = self.good.get(digest) or self.bad.get(digest) or (None, 0.0)
        if until <= time.monotonic():
            begun = time.monotonic()
            found, seconds = self.find(secret)
            believed = found, begun + min(seconds, BELIEVED)
            with self.lock:
                if found is None:
                    self.good.pop(digest, None)
                kept = self.bad if found is None else self.good
                if len(kept) >= MOST_KNOWN:
                    kept.clear()
                kept[digest] = believed
        return found

    def forget(self, secret: str) -> None:
        """Ask again, when it comes again."""
        with self.lock:
            self.good.pop(_digest(secret), None)

    def has_met(self, secret: str) -> bool:
        """Whether it counted when it was looked up last, however long ago."""
        return _digest(secret) in self.good


def install(app: Flask, patience: Callable[[str], float]) -> None:
    """Have every request say who asks, but for what is nobody's secret.

    `patience` tells of the name of a route how many seconds it may take.
    """
    most = settings.decimal("REQUEST_TIMEOUT")
    waits = settings.decimal("LOCK_TIMEOUT")
    named = settings.one_of("SESSION_NAMES") == "YES"
    keyed = settings.keyed()
    known = Known(_finder(tokens.given()) if keyed else _key)
    limit = Limit.given()

    def begin(least: float) -> tuple[Settings, Settings]:
        """So far it is nobody, which is enough to ask who it is."""
        session = (("application_name", g.seen.name),) if named else ()
        limits = bounds(max(most, least), waits)
        g.caller = Caller(session, limits)
        return session, limits

    def recognize(least: float, session_secret: str | None = None) -> None:
        session, limits = begin(least)
        if keyed:
            found = known.settings(session_secret or _secret())
            if found is None:
                raise ProblemError("invalid_session" if session_secret else "invalid_api_key")
            g.caller = Caller(found + session, limits)
            limit.count(dict(found)[NAME])

    def identify() -> None:
        name = request.endpoint or ""
        if name in app.extensions["routes"] and request.method != "OPTIONS":
            recognize(patience(name))

    app.extensions |= {"keyed": keyed, "known": known, "recognize": recognize, "nobody": begin}
    app.before_request(identify)


class Limit:
    """How many requests each key may make in this process, as RATE_LIMIT says."""

    def __init__(self, most: str) -> None:
        self.hit: Callable[[str], bool] | None = None
        if most:
            # Here, for whoever has no such limit need not wait for what counts.
            from limits import parse  # noqa: PLC0415
            from limits.storage import MemoryStorage  # noqa: PLC0415
            from limits.strategies import SlidingWindowCounterRateLimiter  # noqa: PLC0415

            counted = SlidingWindowCounterRateLimiter(MemoryStorage())
            self.hit = partial(counted.hit, parse(most))

    @classmethod
    def given(cls) -> Limit:
        """By the environment; none without it."""
        return cls(settings.text("RATE_LIMIT"))

    def count(self, name: str) -> None:
        """Refuse one too many."""
        if self.hit and not self.hit(name):
            raise ProblemError("too_many_requests")


def bearer(header: str) -> str | None:
    """The key or token in an Authorization header, if it has the form of one."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def sessions(cookies: str) -> list[str]:
    """What in a Cookie header has the form of sessions' secrets; some may be of other servers."""
    return _SESSION.findall(cookies)[:MOST_SESSIONS]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _secret() -> str:
    """That which came with the request."""
    secret = bearer(request.headers.get("Authorization", ""))
    if secret is None or secret.startswith(SESSION):  # which a browser has for the console alone
        raise ProblemError("unauthenticated")
    return secret


def _finder(read: Callable[[str], Vouched] | None) -> Callable[[str], Found]:
    """What finds of a key, or of a token where those count, what its statements run with."""

    def find(secret: str) -> Found:
        if secret.startswith(SESSION):
            return _asked("resume_session", {"session_sha256": sha256(secret)})
        if read is None or secret.startswith(KEY):
            return _key(secret)
        whom = read(secret)
        claimed: db.Arguments = {"name": whom.name, "role": whom.role, "accounts": whom.accounts}
        try:
            found, _ = _asked("vouch", claimed)
            return found, whom.until - time.time()
        except psycopg.Error as error:
            if told := refusal(error):  # of a claim that is none
                raise ProblemError("invalid_token", told.detail) from error
            raise

    return find


def _key(secret: str) -> Found:
    return _asked("authenticate", {"secret_sha256": sha256(secret)})


def sha256(secret: str) -> str:
    """What the database knows of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _asked(function: str, arguments: db.Arguments) -> Found:
    """What the database says; nothing where it says that there is no such key."""
    try:
        found = json.loads(db.row(function, arguments))
    except psycopg.Error as error:
        if error.sqlstate in NOBODYS:
            return None, BELIEVED
        raise
    who: Settings = ("role", found["login_role"]), (NAME, found["name"])
    accounts = found["accounts"]
    if accounts is not None:
        who = (*who, ("pgteller.accounts", array(accounts)))
    ends = found["expires_at"]
    return who, BELIEVED if ends is None else ends / 1000 - time.time()
