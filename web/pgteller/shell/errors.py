"""Refusals and failures as RFC 9457 problems, with the one table of their HTTP statuses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import psycopg
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from pgteller import contract
from pgteller.pool import UnavailableError, passes
from pgteller.shell import callers, seen
from pgteller.shell.db import MismatchError
from pgteller.shell.metrics import TROUBLES

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
    "invalid_token": (401, "The token does not count here."),
    "permission_denied": (403, "The role of this key, or of this server's login, may not do this."),
    "keys_needed": (
        403,
        "Without AUTH=keys this server answers its own machine alone.",
    ),
    "incomplete_body": (400, "The body broke off, or is not what its headers say: send all of it."),
    "foreign_origin": (403, "This origin is not allowed: CORS_ORIGINS names those that are."),
    "not_found": (404, "There is nothing at this path."),
    "method_not_allowed": (405, "This path knows other methods, see the Allow header."),
    "request_timeout": (408, "The body did not arrive in time."),
    "body_too_large": (413, "The body is larger than this path takes."),
    "unsupported_media_type": (415, "Send the body, be it empty, as application/json."),
    "unknown_host": (421, "This server is not for that host: ALLOWED_HOSTS names its own."),
    "invalid_request": (422, "The request has members, parameters or types that do not fit."),
    "too_many_requests": (429, "This key has made all the requests that it may for now."),
    "internal_error": (500, "Something went wrong here; the log tells what, under this instance."),
    "server_busy": (503, "So many requests wait here that nothing was done; try again."),
    "lock_timeout": (
        503,
        "Others hold what this needs, such as an account, for longer than it may wait; nothing "
        "was done: try again.",
    ),
    "statement_timeout": (
        503,
        "The database broke it off, since it took too long or an administrator wanted it; nothing "
        "was done: try again.",
    ),
    "database_unavailable": (503, "The database cannot be used now; nothing was done: try again."),
    "issuer_unavailable": (503, "Who issues the tokens does not answer; try again."),
    "stopping": (503, "This server is about to stop; another one answers."),
    "version_mismatch": (503, "This server and the ledger's functions are of other versions."),
    "outcome_unknown": (
        503,
        "The database went away before it answered, so this may have happened or not: repeat it "
        "with the same Idempotency-Key.",
    ),
}

STATUS = dict(REFUSALS.values()) | {name: status for name, (status, _) in SHELL.items()}

ODD = "\xff"  # stands for a header that is not ASCII, which granian keeps for itself
REFUSED = "pgteller.refused"  # the name in the WSGI environment of why it is not even looked at


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
        if self.status >= 500 and "seen" in g:  # it is to be looked up in the log
            self.members["instance"] = f"urn:pgteller:request:{g.seen.request_id}"
        seen.problem(self.name, self.members)
        body = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":"))
        response = Response(body, self.status, content_type="application/problem+json")
        if self.status in (429, 503):
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
    for name, (status, _) in SHELL.items():
        if status >= 500:  # of a series that begins with its first one, no increase would be seen
            app.extensions["metrics"].refusals.labels(name)
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, handler)


def answer(error: Exception) -> AnyResponse:
    """What a request is answered that has raised this."""
    return next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)(error)


def _database_error(error: psycopg.Error) -> Response:
    """What PostgreSQL, or the way to it, had to say."""
    if problem := refused_by(error):
        return problem.response()
    if may_have_happened(error):
        return _unavailable(error, lost=request.method not in ("GET", "HEAD"))
    if passes(error.sqlstate):
        return _unavailable(error)
    return _internal_error(error)


def refused_by(error: Exception) -> ProblemError | None:
    """What is refused for a reason that lies in the request; None where it is another error."""
    if isinstance(error, ProblemError):
        return error if error.status < 500 else None
    if not isinstance(error, psycopg.Error):
        return None
    if is_unusable_value(error):
        return ProblemError("invalid_request", error.diag.message_primary or str(error))
    return _forbidden() if error.sqlstate == "42501" else refusal(error)


def refusal(error: psycopg.Error) -> ProblemError | None:
    """What the bank refuses, with its numbers; None where it is another error."""
    if error.sqlstate not in REFUSALS:
        return None
    name, _ = REFUSALS[error.sqlstate]
    members = json.loads(error.diag.message_detail or "{}")
    return ProblemError(name, error.diag.message_hint or "", **members)


def _forbidden() -> ProblemError:
    """What may not be done here, as which role, and who may: by the contract, for PostgreSQL names
    what it would have called and not what was asked for.
    """
    function = contract.FUNCTIONS.get(g.get("called") or request.endpoint or "")
    if function is None:
        return ProblemError("permission_denied")
    role = callers.role()
    members: dict[str, object] = {"function": function.name}
    if role:
        members["role"] = role
    who = f"The role {role}" if role else "The login of this server"
    allowed = [one for one in callers.ROLES if f"bank_{one}" in function.roles]
    privileged = {name for name, one in function.arguments.items() if one.privileged}
    given = sorted(privileged & {*g.seen.arguments})
    if given and (role is None or role in allowed):
        listed = ", ".join(f"`{name}`" for name in given)
        detail = f"{who} may not give {listed} to {function.name}: that takes an operator."
        return ProblemError("permission_denied", detail, **members, arguments=given)
    detail = f"{who} may not call {function.name}: that takes the role {' or '.join(allowed)}."
    return ProblemError("permission_denied", detail, **members)


def may_have_happened(error: psycopg.Error) -> bool:
    """Whether the database went away before it told what became of it.

    In a panic PostgreSQL could not write its log, of a commit even, and has gone down.
    """
    if error.diag.severity_nonlocalized == "PANIC":
        return True
    return isinstance(error, psycopg.OperationalError) and not passes(error.sqlstate)


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
    trouble = TROUBLES.get(getattr(error, "sqlstate", None) or "", "")
    code = trouble if trouble in SHELL else "database_unavailable"
    told = {"request_id": g.seen.request_id, "reason": str(error), "lost": lost}
    log.warning(title(code).lower(), extra=told)
    current_app.extensions["metrics"].troubled(getattr(error, "sqlstate", None))
    return ProblemError("outcome_unknown" if lost else code).response()


def _mismatch(error: MismatchError) -> Response:
    """Functions that this code may not work with."""
    told = {"request_id": g.seen.request_id, "reason": str(error)}
    log.warning("version mismatch", extra=told)
    return ProblemError("version_mismatch", str(error)).response()


def _http_error(error: HTTPException) -> AnyResponse:
    """What Flask refuses before a route is reached; redirects pass."""
    response = error.get_response()
    if response.status_code < 400:
        return response
    for name, (status, _) in SHELL.items():
        if status == error.code and status != 400:
            problem = ProblemError(name).response()
            if "Allow" in response.headers:
                problem.headers["Allow"] = response.headers["Allow"]
            return problem
    return ProblemError("invalid_request", error.description or "").response()


def _internal_error(error: Exception) -> Response:
    """A failure nobody foresaw: all of it to the log, nothing to the client but where to look."""
    log.error("internal error", extra={"request_id": g.seen.request_id}, exc_info=error)
    return ProblemError("internal_error").response()


HANDLERS: dict[type, Callable[..., AnyResponse]] = {
    ProblemError: ProblemError.response,
    psycopg.Error: _database_error,
    MismatchError: _mismatch,
    UnavailableError: _unavailable,
    HTTPException: _http_error,
    Exception: _internal_error,
}
