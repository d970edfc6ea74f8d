"""The bank for Python programs: over HTTP, or over a connection and in a transaction of theirs.

    bank = Client("http://localhost:8000")
    bank.transfer(source_account_id="alice", target_account_id="bob", amount=2500)

    bank = Direct(connection)  # of psycopg; what it does is committed with what you do

Both have a method for every function that a route calls, with the arguments of that function, and
answer as the route does.  What the bank refuses is raised as `RefusedError`, with its numbers.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import urllib3
from psycopg.rows import tuple_row

from pgteller.contract import TYPES, Json
from pgteller.methods import Methods
from pgteller.names import Names
from pgteller.shell.errors import is_unusable_value, refusal
from pgteller.shell.routes import ROUTES, Route

# Of these it is known that nothing was done.
_TRY_AGAIN = {
    "database_unavailable",
    "issuer_unavailable",
    "ledger_busy",
    "lock_timeout",
    "request_timeout",
    "server_busy",
    "statement_timeout",
    "too_many_requests",
    "version_mismatch",
}
UNKNOWN, INTERNAL = "outcome_unknown", "internal_error"
# What belongs to an account, at the end of its path.
_PARTS = {
    part for route in ROUTES for _, _, part in [route.path.partition("/{account_id}/")] if part
}
_STANDARD = {"type", "title", "status", "code", "detail"}


class RefusedError(Exception):
    """The bank says no: `code` says why, `members` have the numbers, as in `available`."""

    def __init__(self, code: str, detail: str, members: Json) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.members = members


class UnknownOutcomeError(Exception):
    """There was no answer, and it may have happened: repeat it with the same idempotency_key."""

    def __init__(self, key: str | None, reason: object) -> None:
        super().__init__(f"no answer ({reason}); idempotency_key={key!r}")
        self.idempotency_key = key


class Client(Methods):
    """The bank behind a URL.

    What changes anything goes with an idempotency key, one of its own where none is given, and is
    repeated with that until there is an answer: so it happens once, whatever the network does.

    `key` is the secret of an API key, where the server wants one.
    """

    def __init__(
        self, url: str, *, key: str | None = None, timeout: float = 30.0, attempts: int = 5
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no URL such as http://localhost:8000")
        self.url = url.rstrip("/")
        self.attempts = attempts
        self._key = key
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def _call(self, route: Route, arguments: Json) -> Json:
        key = arguments.pop("idempotency_key", None)
        if route.idempotent and key is None:
            key = str(uuid.uuid4())
        path, body = self._request(route, arguments)
        headers = {"Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        if key is not None:
            headers["Idempotency-Key"] = _checked_key(str(key))
        if body is not None:
            headers["Content-Type"] = "application/json"
        safe = key is not None or route.method == "GET"
        reason: object = None
        for attempt in range(1, self.attempts + 1):
            try:
                answer = self._pool.request(route.method, path, body=body, headers=headers)
            except urllib3.exceptions.HTTPError as problem:
                reason = problem
                if not safe and not isinstance(problem, urllib3.exceptions.NewConnectionError):
                    break
            else:
                told = _document(answer.data)
                if told is not None and answer.status == route.status and _answers(route, told):
                    return told
                code = _code_of(told, answer.status)
                if told is not None and code is not None and code not in _TRY_AGAIN | {UNKNOWN}:
                    raise _refused(code, told)
                reason = code or f"HTTP {answer.status}, and not from the bank"
                if code not in _TRY_AGAIN and not (safe and answer.status >= 500):
                    break
            if attempt < self.attempts:
                time.sleep(min(2.0 ** (attempt - 2), 8.0))
        raise UnknownOutcomeError(key, reason)

    def _request(self, route: Route, arguments: Json) -> tuple[str, bytes | None]:
        rest = dict(arguments)
        names = {name: quote(str(rest.pop(name)), safe="") for name in route.in_path}
        if any(map(_is_no_id, names.values())):
            raise ValueError(f"no account is called {' or '.join(names.values())}")
        url = self.url + route.path.format_map(names)
        items = rest.pop(route.lines, None) if route.lines else None
        if route.method == "GET" or route.lines:
            rest |= route.whole
            if rest:
                texts = {name: _text(value) for name, value in rest.items()}
                url += "?" + urlencode(texts)
            return url, None if items is None else json.dumps(items).encode()
        return url, json.dumps(rest).encode()


class Direct(Methods):
    """The bank over a connection of psycopg: in the transaction that is open there, if one is.

    A refusal ends that transaction as any error does; put the call into a savepoint to go on.
    """

    def __init__(self, connection: psycopg.Connection[Any], schema: str = "bank") -> None:
        self.connection = connection
        self.names = Names(schema)

    def _call(self, route: Route, arguments: Json) -> Json:
        values = {
            name: json.dumps(value)
            if route.function.arguments[name].sql in ("json", "jsonb")
            else value
            for name, value in arguments.items()
        }
        values |= route.whole
        statement = self.names.render(route.statement(values))
        # Rows are tuples here, whatever the caller has them be.
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            try:
                row = cursor.execute(statement.encode(), values).fetchone()
            except psycopg.Error as error:
                raise _translated(error) from error
        assert row is not None
        answer = row[0]
        return json.loads(answer) if isinstance(answer, str | bytes) else answer  # type: ignore[no-any-return]


def _is_no_id(name: str) -> bool:
    """Whether a path that has it would be that of something else."""
    return name in (".", "..") or any(name.endswith(f"%2F{part}") for part in _PARTS)


def _checked_key(key: str) -> str:
    """As a header has it: what that would lose is no key."""
    if key != key.strip() or not (key.isascii() and key.isprintable()):
        raise ValueError("a key for HTTP is of visible ASCII characters")
    return key


def _refused(code: str, told: Json) -> RefusedError:
    members = {name: value for name, value in told.items() if name not in _STANDARD}
    return RefusedError(code, str(told.get("detail", "")), members)


def _answers(route: Route, told: Json) -> bool:
    """Whether it is what the function answers, and not some proxy's JSON."""
    returns = route.function.returns
    if route.items:
        return route.items in told
    return not isinstance(returns, str) or TYPES[returns].columns.keys() <= told.keys()


def _code_of(told: Json | None, status: int) -> str | None:
    """Of a problem that is the bank's own, and not of a proxy before it."""
    problem = told or {}
    code = problem.get("code")
    known = isinstance(code, str) and problem.get("type") == f"urn:pgteller:{code}"
    return code if known and problem.get("status") == status and code != INTERNAL else None


def _translated(error: psycopg.Error) -> Exception:
    """As the route would tell of it, where it would; else the error itself."""
    if refused := refusal(error):
        return RefusedError(refused.name, refused.detail, refused.members)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return RefusedError("permission_denied", _said(error), {})
    # A number beyond bigint makes it the call of a function that there is not.
    if is_unusable_value(error) or isinstance(error, psycopg.errors.UndefinedFunction):
        return RefusedError("invalid_request", _said(error), {})
    return error


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)


def _document(body: bytes) -> Json | None:
    """What was answered, if it is a JSON object."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
