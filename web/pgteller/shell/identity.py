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
from dataclasses import dataclass

import psycopg
from flask import Flask, g, request

from pgteller import calls, settings
from pgteller.sending import Caller, array
from pgteller.shell import db
from pgteller.shell.errors import ProblemError

BELIEVED = 5.0  # seconds, after which a key that was revoked is noticed
MOST_KNOWN = 10_000
WAYS = ("NONE", "KEYS")

_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,4096})", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What was found of a key, and until when that is believed; None: there is no such key."""

    until: float
    settings: tuple[tuple[str, str], ...] | None


class Keys:
    """The keys that were asked about lately, by the hash of their secrets."""

    def __init__(
        self, keyed: bool, find: Callable[[str], tuple[tuple[str, str], ...] | None]
    ) -> None:
        self.keyed = keyed
        self.find = find
        self.known: dict[str, Known] = {}
        self.lock = threading.Lock()

    def settings(self, secret: str) -> tuple[tuple[str, str], ...] | None:
        """What a statement with this key runs with."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        known = self.known.get(digest)
        if known is None or known.until <= time.monotonic():
            known = Known(time.monotonic() + BELIEVED, self.find(digest))
            with self.lock:
                if len(self.known) >= MOST_KNOWN:
                    self.known.clear()
                self.known[digest] = known
        return known.settings


def install(app: Flask, patience: Callable[[str], float]) -> None:
    """Have every request say who asks, but for what is nobody's secret.

    `patience` tells of the name of a route how many seconds it may take.
    """
    way = settings.one_of("AUTH", "NONE", WAYS)
    most = settings.decimal("REQUEST_TIMEOUT", 30, 0.1, 3600)
    waits = settings.decimal("LOCK_TIMEOUT", 5, 0.1, 3600)
    keys = Keys(way == "KEYS", _find)
    app.extensions["identity"] = keys

    def identify() -> None:
        name = request.endpoint or ""
        if name not in app.extensions["routes"]:
            return
        given: tuple[tuple[str, str], ...] = ()
        if keys.keyed:
            found = keys.settings(_secret())
            if found is None:
                raise ProblemError("invalid_api_key")
            given = found
        seconds = max(most, patience(name))
        g.caller = Caller(
            (
                *given,
                ("search_path", "pg_catalog, pg_temp"),
                ("statement_timeout", f"{seconds * 1000:.0f}"),
                ("lock_timeout", f"{waits * 1000:.0f}"),
            )
        )

    app.before_request(identify)


def _secret() -> str:
    """That which came with the request."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise ProblemError("unauthenticated")
    return found[1]


def _find(digest: str) -> tuple[tuple[str, str], ...] | None:
    """What the database says of a key."""
    statement = calls.row("authenticate", ("secret_sha256",))
    try:
        found = json.loads(db.fetch(statement, {"secret_sha256": digest}))
    except psycopg.Error as error:
        if error.sqlstate == "TL401":
            return None
        raise
    accounts = found["accounts"]
    return (
        ("role", found["login_role"]),
        ("pgteller.on_behalf_of", found["name"]),
        ("pgteller.accounts", "" if accounts is None else array(accounts)),
    )
