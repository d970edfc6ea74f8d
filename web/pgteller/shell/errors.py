"""Refusals and failures as RFC 9457 problems, with the one table of their HTTP statuses."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

import psycopg
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from pgteller import contract
from pgteller.pool import UnavailableError
from pgteller.shell.db import MismatchError

log = logging.getLogger(__name__)

# What the first figure of a refusal's SQLSTATE says of it, as an HTTP status.
CLASSES = {"TL0": 422, "TL1": 404, "TL2": 403, "TL3": 409, "TL4": 401, "TL5": 503}

# The bank's refusals: SQLSTATE -> name, HTTP status.
REFUSALS: dict[str, tuple[str, int]] = {
    refusal["code"]: (name, CLASSES[refusal["code"][:3]])
    for name, refusal in contract.REFUSALS.items()
}

# What the shell itself refuses, or fails at: name -> HTTP status, explanation.
SHELL: dict[str, tuple[int, str]] = {
    "malformed_json": (400, "The body is not a JSON document in UTF-8."),
    "unauthenticated": (401, "Say who you are: `Authorization: Bearer` and the secret of a key."),
    "permission_denied": (403, "The database login of this server may not do this."),
    "not_found": (404, "There is nothing at this path."),
    "method_not_allowed": (405, "This path knows other methods, see the Allow header."),
    "body_too_large": (413, "The body is larger than this path takes."),
    "unsupported_media_type": (415, "Send the body as application/json."),
    "invalid_request": (422, "The request has members, parameters or types that do not fit."),
    "internal_error": (500, "Something went wrong here; the log tells what, under this instance."),
    "database_unavailable": (503, "The database does not answer; try again."),
    "version_mismatch": (503, "This server and the ledger's functions are of other versions."),
    "outcome_unknown": (
        503,
        "The database went away before it answered, so this may have happened or not: repeat it "
        "with the same Idempotency-Key.",
    ),
}

STATUS = dict(REFUSALS.values()) | {name: status for name, (status, _) in SHELL.items()}

# SQLSTATEs that mean: nothing was done, and it may work in a moment. By code, else by class.
# A connection that breaks (class 08, 57P01, 57P02) is not among them: it may hide a success.
UNAVAILABLE = {
    "40",  # rolled back: deadlock, serialization
    "53",  # insufficient resources
    "25006",  # read-only: a standby, or a failover under way
    "55P03",  # lock timeout
    "57014",  # statement timeout
    "57P03",  # starting up or shutting down
}


# How much of a body that is too large is read after all.
MOST_SWALLOWED = 16 * 1024 * 1024
SWALLOWED_AT_ONCE = 65536


class ProblemError(Exception):
    """An answer that is not a success; `members` stand beside the standard ones in its body."""

    def __init__(self, name: str, detail: str = "", /, **members: object) -> None:
        super().__init__(name)
        self.name = name
        self.status = STATUS[name]
        self.detail = detail or (
            SHELL[name][1] if name in SHELL else contract.REFUSALS[name]["hint"]
        )
        self.members = members

    def document(self) -> dict[str, Any]:
        """The body: a refusal's own members never displace those of RFC 9457."""
        standard = {
            "type": f"urn:pgteller:{self.name}",
            "title": title(self.name),
            "status": self.status,
            "detail": self.detail,
            "code": self.name,
        }
        return standard | self.members | standard

    def response(self) -> Response:
        """As it goes out."""
        body = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))
        response = Response(body, self.status, content_type="application/problem+json")
        if self.status == 503:
            response.headers["Retry-After"] = "1"
        if self.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if self.status == 415:
            response.headers["Accept-Encoding"] = "identity"
        return response


def title(name: str) -> str:
    """`insufficient_funds` for people."""
    return name.replace("_", " ").capitalize()


def install(app: Flask) -> None:
    """Answer whatever a request raises."""
    app.register_error_handler(ProblemError, ProblemError.response)
    app.register_error_handler(psycopg.Error, _database_error)
    app.register_error_handler(MismatchError, _mismatch)
    app.register_error_handler(UnavailableError, _unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _internal_error)


def _database_error(error: psycopg.Error) -> Response:
    """What PostgreSQL, or the way to it, had to say."""
    code = error.sqlstate or ""
    if problem := refusal(error):
        return problem.response()
    if is_unusable_value(error):
        return ProblemError("invalid_request", error.diag.message_primary or str(error)).response()
    if code == "42501":
        return ProblemError("permission_denied").response()
    if may_have_happened(error):
        return _unavailable(error, lost=request.method not in ("GET", "HEAD"))
    if code in UNAVAILABLE or code[:2] in UNAVAILABLE:
        return _unavailable(error)
    return _internal_error(error)


def refusal(error: psycopg.Error) -> ProblemError | None:
    """What the bank refuses, with its numbers; None where it is another error."""
    if error.sqlstate not in REFUSALS:
        return None
    name, _ = REFUSALS[error.sqlstate]
    members = json.loads(error.diag.message_detail or "{}")
    return ProblemError(name, error.diag.message_hint or "", **members)


def may_have_happened(error: psycopg.Error) -> bool:
    """Whether the database went away before it told what became of it.

    In a panic PostgreSQL could not write its log, of a commit even, and has gone down.
    """
    if error.diag.severity_nonlocalized == "PANIC":
        return True
    code = error.sqlstate or ""
    away = isinstance(error, psycopg.OperationalError)
    return away and not (code in UNAVAILABLE or code[:2] in UNAVAILABLE)


def is_unusable_value(error: psycopg.Error) -> bool:
    """Whether a value of the request is none that its type can hold, such as text with NUL.

    psycopg says so without a code, PostgreSQL in class 22 before it calls the function. Raised
    within one, class 22 (an overflow, a division by zero) is a bug of ours: the functions refuse by
    name what they do not take. The context has the name of the language in every language.
    """
    if not error.sqlstate:
        return isinstance(error, psycopg.DataError)
    return error.sqlstate.startswith("22") and "PL/pgSQL" not in (error.diag.context or "")


def _unavailable(error: Exception, lost: bool = False) -> Response:
    """No answer from the database; `lost` where it may have done what it was asked."""
    log.warning("database unavailable", extra={"reason": str(error), "lost": lost})
    return ProblemError("outcome_unknown" if lost else "database_unavailable").response()


def _mismatch(error: MismatchError) -> Response:
    """Functions that this code may not work with."""
    log.warning("version mismatch", extra={"reason": str(error)})
    return ProblemError("version_mismatch", str(error)).response()


def _http_error(error: HTTPException) -> AnyResponse:
    """What Flask refuses before a route is reached; redirects pass."""
    response = error.get_response()
    if response.status_code < 400:
        return response
    if error.code == 413:
        _swallow()
    for name, (status, _) in SHELL.items():
        if status == error.code:
            problem = ProblemError(name).response()
            if "Allow" in response.headers:
                problem.headers["Allow"] = response.headers["Allow"]
            return problem
    return ProblemError("invalid_request", error.description or "").response()


def _swallow() -> None:
    """Read on where a client is still sending: hung up on, it would not get to read why."""
    body = request.environ["wsgi.input"]
    for _ in range(MOST_SWALLOWED // SWALLOWED_AT_ONCE):
        if not body.read(SWALLOWED_AT_ONCE):
            return


def _internal_error(error: Exception) -> Response:
    """A failure nobody foresaw: all of it to the log, nothing to the client but where to look."""
    instance = uuid.uuid4().urn
    log.error("internal error", extra={"instance": instance}, exc_info=error)
    return ProblemError("internal_error", instance=instance).response()
