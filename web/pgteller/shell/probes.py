"""Whether the server lives and the bank is open: the two routes that call no function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from pgteller.shell import db
from pgteller.shell.errors import ProblemError

OK = {"status": {"const": "ok"}}
VERSIONS = {
    "version": {"type": "string", "description": "Of this server."},
    "functions": {"type": "string", "description": "The version of the ledger's functions."},
    "postgresql": {"type": "string", "description": "Of the database."},
}


@dataclass(frozen=True)
class Probe:
    """A GET that takes nothing."""

    path: str
    name: str
    summary: str
    properties: dict[str, Any]
    answer: Callable[[], bytes]
    problems: tuple[str, ...] = ()  # that it alone answers with

    def respond(self) -> Response:
        """Answer a request; of the first no thread reads what its query may say."""
        if request.query_string:
            raise ProblemError("invalid_request", "It takes no parameters.")
        return Response(self.answer(), mimetype="application/json")


PROBES = [
    Probe(
        "/livez",
        "get_life",
        "Tell that the server runs, whatever the database does.",
        OK,
        lambda: b'{"status":"ok"}',
    ),
    Probe(
        "/health/ready",
        "get_readiness",
        "Tell whether the server can reach the bank, and fits it.",
        OK | VERSIONS,
        db.ready,
        ("stopping",),
    ),
]
