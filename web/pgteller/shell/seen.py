"""What is seen of a request besides its answer: log, numbers, and the refusals to ask for later.

Each request has an id, from X-Request-ID or drawn here. It goes out with the answer, into the log,
to PostgreSQL as `application_name`, and stands in the list of refusals. Nothing that could be
a secret is looked at: no header but that one, no body, of arguments only those that name accounts.
"""

from __future__ import annotations

import logging
import os
import re
import time
from functools import cache
from typing import Any

from flask import Flask, Response, current_app, g, request

from pgteller import logs
from pgteller.shell import callers
from pgteller.shell.metrics import Metrics
from pgteller.shell.refused import Refusals

log = logging.getLogger("pgteller.requests")

HEADER = "X-Request-ID"
UNMATCHED = "unmatched"  # what stands for all paths that there are not
ACCOUNTS = (
    "account_id",
    "source_account_id",
    "target_account_id",
    "merchant_account_id",
    "contra_account_id",
)
LONGEST_ID = 64  # of an account; what is longer is none
LONGEST_NAME = 63  # that PostgreSQL keeps of an application

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_PLACE = re.compile("<(?:[^:<>]*:)?([^<>]*)>")
# Texts in problems that are names of ours, and no client's.
_OURS = {"function", "role", "arguments"}
# What a client may have put there by mistake.
FIELD = "field"
_SAID = {"value", "idempotency_key", "url", "host"}
_WORD = re.compile("[A-Za-z_]{1,40}")

Json = dict[str, Any]


class Seen:
    """One request."""

    __slots__ = ("arguments", "begun", "database", "problem", "request_id")

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.begun = time.perf_counter()
        self.database = 0.0  # seconds that statements took, waiting for a connection included
        self.arguments: Json = {}
        self.problem: tuple[str, Json] | None = None  # code and members of one that is answered

    @property
    def accounts(self) -> list[str]:
        """Those that the request names, and its refusal."""
        return accounts_of(self.arguments, self.problem[1] if self.problem else {})

    @property
    def name(self) -> str:
        """What PostgreSQL calls the session meanwhile."""
        return f"pgteller {self.request_id}"[:LONGEST_NAME]


def install(app: Flask) -> None:
    """See every request, before and after everything else that is done with it."""
    pool = app.extensions["pool"]
    metrics = Metrics()
    refusals = Refusals(pool, metrics.dropped)
    app.extensions |= {"metrics": metrics, "refusals": refusals}
    pool.on_change = metrics.pool(pool.size)
    tells = log.isEnabledFor(logging.INFO)

    def begin() -> None:
        g.seen = Seen(_request_id(request.headers.get(HEADER)))

    def end(response: Response) -> Response:
        seen: Seen = g.seen
        seconds = time.perf_counter() - seen.begun
        response.headers[HEADER] = seen.request_id
        method, rule = request.method, request.url_rule
        route = None if rule is None else _route(rule.rule)
        status = response.status_code
        code, members = seen.problem or (None, {})
        metrics.answered(method, route or UNMATCHED, status, code, seconds)
        if code and route and 400 <= status < 500 and not g.get("tried"):
            refused(code, status, members, seen.arguments)
        if tells:
            _tell(seen, method, route, status, seconds)
        return response

    app.before_request(begin)
    app.after_request(end)


def problem(code: str, members: Json) -> None:
    """The request is answered with a problem: remember which."""
    seen: Seen | None = g.get("seen")
    if seen is not None:
        seen.problem = code, members


def tried() -> None:
    """Nothing was to be done by the request: what would be refused was not."""
    g.tried = True


def arguments(given: Json) -> None:
    """What the request is about, as its function is given it."""
    seen: Seen | None = g.get("seen")
    if seen is not None:
        seen.arguments = given


def refused(code: str, status: int, members: Json, given: Json) -> None:
    """Have it written down that this was refused. Of what the shell refuses, no client's text."""
    assert request.url_rule
    refusal = {
        "refused_at": int(time.time() * 1000),
        "request_id": g.seen.request_id,
        "method": request.method[:16],
        "route": _route(request.url_rule.rule),
        "status": status,
        "code": code,
        "caller": callers.name(),
        "stranger": status == 401 or "caller" not in g,
        "account_ids": accounts_of(given, members),
        "detail": told(members),
    }
    current_app.extensions["refusals"].note(refusal)


def told(members: Json) -> Json:
    """What of a refusal's numbers may be written down."""
    return {
        name: value
        for name, value in members.items()
        if name not in _SAID and (name != FIELD or _is_word(value))
    }


def _is_word(value: object) -> bool:
    """Whether it is as the name of a field is, which no secret is."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def accounts_of(*given: Json) -> list[str]:
    """Those that are named."""
    found: dict[str, None] = {}
    for members in given:
        for name in ACCOUNTS:
            if isinstance(one := members.get(name), str):
                found[one[:LONGEST_ID].replace("\0", "")] = None
    return list(found)


def _request_id(given: str | None) -> str:
    """The client's, if it is one that can do no harm anywhere; else a new one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return os.urandom(16).hex()


@cache
def _route(rule: str) -> str:
    """The path as the documentation has it."""
    return _PLACE.sub(r"{\1}", rule)


def _tell(seen: Seen, method: str, route: str | None, status: int, seconds: float) -> None:
    """The line in the log."""
    line: Json = {
        "request_id": seen.request_id,
        "method": method[:16],
        "route": route,
        "actor": callers.name(),
        "accounts": seen.accounts,
        "status": status,
        "ms": round(seconds * 1000, 2),
        "database_ms": round(seen.database * 1000, 2),
    }
    if seen.problem:
        code, members = seen.problem
        line["code"] = code
        line["detail"] = {
            name: value
            for name, value in members.items()
            if isinstance(value, int | float)
            or name in _OURS
            or (name == FIELD and _is_word(value))
        }
    logs.line(log.name, "request", line)
