"""Whether the server lives and the bank is open: the two routes that call no function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response

from pgteller.shell import db, parsing, shapes

NOTHING = shapes.query("nothing", {})
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
        """Answer a request."""
        parsing.query(NOTHING)
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
