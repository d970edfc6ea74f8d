"""GET /metrics: for whoever may ask the ledger for its numbers, which PostgreSQL decides.

Where the database is away the server's own numbers are told all the same: to everybody where there
are no keys, else to who has been let in before, as nobody can be asked about a key then.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import psycopg
from flask import Flask, Response, g, request

from pgteller import calls
from pgteller.pool import UnavailableError
from pgteller.sending import Caller, Settings
from pgteller.shell import db, parsing, shapes
from pgteller.shell.errors import ProblemError
from pgteller.shell.metrics import CONTENT_TYPE, Metrics

PATH, NAME = "/metrics", "ledger_metrics"
BELIEVED = 5.0  # seconds for which the ledger is not asked again
PATIENCE = 5.0  # seconds that it may take
MOST_KNOWN = 1000  # of those who were let in, and of what they were told
NOTHING = shapes.query("no_metrics", {})

Json = dict[str, Any]


class Scrapes:
    """What the ledger has said lately, to whom."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.metrics: Metrics = app.extensions["metrics"]
        self.said: dict[Settings, tuple[float, Json]] = {}
        self.let_in: dict[bytes, None] = {}

    def respond(self) -> Response:
        """Answer a request."""
        parsing.query(NOTHING)
        return Response(self.metrics.exposition(self._ledger()), content_type=CONTENT_TYPE)

    def _ledger(self) -> Json | None:
        """The ledger's numbers; None where it cannot be asked."""
        key = hashlib.sha256(request.headers.get("Authorization", "").encode()).digest()
        keyed = self.app.extensions["keyed"]
        try:
            self.app.extensions["recognize"](PATIENCE)
            found = self._ask(g.caller)
        except (UnavailableError, psycopg.OperationalError):
            if keyed and key not in self.let_in:
                raise
            return None
        except (ProblemError, psycopg.Error):
            self.let_in.pop(key, None)
            raise
        if keyed:
            _keep(self.let_in, key, None)
        return found

    def _ask(self, caller: Caller) -> Json:
        """What the ledger says to whoever this is; of some seconds ago where it has said so."""
        given = dict(caller.identity)
        who = tuple((name, given.get(name, "")) for name in ("role", "pgteller.accounts"))
        until, found = self.said.get(who, (0.0, {}))
        if until <= time.monotonic():
            found = json.loads(db.fetch(calls.value("ledger_metrics", ()), {}))
            _keep(self.said, who, (time.monotonic() + BELIEVED, found))
        return found


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    """The newest of a bounded number; threads may do it at once."""
    kept.pop(key, None)
    kept[key] = value
    for oldest in [*kept][:-MOST_KNOWN]:
        kept.pop(oldest, None)


def install(app: Flask) -> None:
    """Add the route, which is not of the API."""
    app.add_url_rule(PATH, NAME, Scrapes(app).respond, methods=["GET"])
