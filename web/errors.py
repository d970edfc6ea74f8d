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

from web.pool import UnavailableError

log = logging.getLogger(__name__)

# The bank's refusals (view bank.refusals): SQLSTATE -> name, HTTP status.
REFUSALS: dict[str, tuple[str, int]] = {
    "TL001": ("invalid_account_id", 422),
    "TL002": ("invalid_amount", 422),
    "TL003": ("invalid_timestamp", 422),
    "TL004": ("unknown_currency", 422),
    "TL005": ("invalid_metadata", 422),
    "TL006": ("invalid_idempotency_key", 422),
    "TL007": ("invalid_argument", 422),
    "TL008": ("same_account", 422),
    "TL009": ("currency_mismatch", 422),
    "TL010": ("idempotency_key_reused", 422),
    "TL011": ("not_reversible", 422),
    "TL020": ("invalid_period", 422),
    "TL021": ("statement_too_long", 422),
    "TL022": ("same_currency", 422),
    "TL030": ("invalid_url", 422),
    "TL041": ("invalid_batch", 422),
    "TL042": ("linked_failed", 422),  # only ever the code of an item of a batch
    "TL101": ("account_not_found", 404),
    "TL102": ("payment_not_found", 404),
    "TL103": ("transaction_not_found", 404),
    "TL111": ("hold_not_found", 404),
    "TL131": ("webhook_not_found", 404),
    "TL132": ("schedule_not_found", 404),
    "TL133": ("monitor_not_found", 404),
    "TL201": ("operator_required", 403),
    "TL301": ("account_exists", 409),
    "TL302": ("insufficient_funds", 409),
    "TL303": ("account_frozen", 409),
    "TL304": ("account_blocked", 409),
    "TL305": ("account_closed", 409),
    "TL306": ("timestamp_in_past", 409),
    "TL307": ("balance_limit_exceeded", 409),
    "TL311": ("capture_exceeds_hold", 409),
    "TL312": ("hold_captured", 409),
    "TL313": ("hold_released", 409),
    "TL314": ("hold_expired", 409),
    "TL315": ("refund_exceeds_payment", 409),
    "TL316": ("payment_refunded", 409),
    "TL317": ("already_reversed", 409),
    "TL331": ("status_unchanged", 409),
    "TL332": ("account_collecting", 409),
    "TL333": ("balance_not_zero", 409),
    "TL334": ("hold_open", 409),
    "TL335": ("cashback_pending", 409),
    "TL336": ("overdraft_in_use", 409),
    "TL351": ("schedule_ended", 409),
    "TL390": ("ledger_busy", 503),
}

# What the shell itself refuses, or fails at: name -> HTTP status, explanation.
SHELL: dict[str, tuple[int, str]] = {
    "malformed_json": (400, "The body is not a JSON document in UTF-8."),
    "permission_denied": (403, "The database login of this server may not do this."),
    "not_found": (404, "There is nothing at this path."),
    "method_not_allowed": (405, "This path knows other methods, see the Allow header."),
    "body_too_large": (413, "The body is larger than this path takes."),
    "unsupported_media_type": (415, "Send the body as application/json."),
    "invalid_request": (422, "The request has members, parameters or types that do not fit."),
    "internal_error": (500, "Something went wrong here; the log tells what, under this instance."),
    "database_unavailable": (503, "The database does not answer; try again."),
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
        self.detail = detail or SHELL[name][1]
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
        return response


def title(name: str) -> str:
    """`insufficient_funds` for people."""
    return name.replace("_", " ").capitalize()


def install(app: Flask) -> None:
    """Answer whatever a request raises."""
    app.register_error_handler(ProblemError, ProblemError.response)
    app.register_error_handler(psycopg.Error, _database_error)
    app.register_error_handler(UnavailableError, _unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _internal_error)


def _database_error(error: psycopg.Error) -> Response:
    """What PostgreSQL, or the way to it, had to say."""
    code = error.sqlstate or ""
    if code in REFUSALS:
        name, _ = REFUSALS[code]
        members = json.loads(error.diag.message_detail or "{}")
        return ProblemError(name, error.diag.message_hint or "", **members).response()
    if code.startswith("22") or (not code and isinstance(error, psycopg.DataError)):
        # A value that no type of PostgreSQL takes, such as text with a NUL character.
        return ProblemError("invalid_request", error.diag.message_primary or str(error)).response()
    if code == "42501":
        return ProblemError("permission_denied").response()
    # In a panic PostgreSQL could not write its log, of a commit even, and has gone down.
    panic = error.diag.severity_nonlocalized == "PANIC"
    if not panic and (code in UNAVAILABLE or code[:2] in UNAVAILABLE):
        return _unavailable(error)
    if panic or isinstance(error, psycopg.OperationalError):
        return _unavailable(error, lost=request.method not in ("GET", "HEAD"))
    return _internal_error(error)


def _unavailable(error: Exception, lost: bool = False) -> Response:
    """No answer from the database; `lost` where it may have done what it was asked."""
    log.warning("database unavailable", extra={"reason": str(error), "lost": lost})
    return ProblemError("outcome_unknown" if lost else "database_unavailable").response()


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
