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
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
import urllib3

from pgteller.contract import REFUSALS, Json
from pgteller.names import Names
from pgteller.shell.routes import ROUTES, Route

_BY_NAME = {route.name: route for route in ROUTES}
_BY_CODE = {refusal["code"]: name for name, refusal in REFUSALS.items()}
# Of these it is known that nothing was done.
_TRY_AGAIN = {"database_unavailable", "ledger_busy"}
UNKNOWN = "outcome_unknown"


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


class _Bank:
    """A method for each function."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        route = _BY_NAME.get(name)
        if route is None:
            raise AttributeError(f"the bank has no {name}")

        def call(*positional: object, **given: object) -> Json:
            named = dict(zip(route.function.arguments, positional, strict=False))
            if named.keys() & given.keys() or len(positional) > len(named):
                raise TypeError(f"{name}() got an argument twice, or too many")
            arguments = {one: value for one, value in (named | given).items() if value is not None}
            if unknown := arguments.keys() - route.function.arguments.keys():
                raise TypeError(f"{name}() has no argument {', '.join(sorted(unknown))}")
            return self._call(route, arguments)

        call.__name__ = name
        call.__doc__ = f"{route.function.summary} {route.function.description}".strip()
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_BY_NAME})

    def _call(self, route: Route, arguments: Json) -> Json:
        raise NotImplementedError


class Client(_Bank):
    """The bank behind a URL.

    What changes anything goes with an idempotency key, one of its own where none is given, and is
    repeated with that until there is an answer: so it happens once, whatever the network does.
    """

    def __init__(self, url: str, *, timeout: float = 30.0, attempts: int = 5) -> None:
        self.url = url.rstrip("/")
        self.attempts = attempts
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def _call(self, route: Route, arguments: Json) -> Json:
        key = arguments.pop("idempotency_key", None)
        if route.idempotent and key is None:
            key = str(uuid.uuid4())
        path, body = self._request(route, arguments)
        headers = {"Accept": "application/json"} | ({"Idempotency-Key": str(key)} if key else {})
        if body is not None:
            headers["Content-Type"] = "application/json"
        safe = bool(key) or route.method == "GET"
        reason: object = None
        for attempt in range(1, self.attempts + 1):
            try:
                answer = self._pool.request(route.method, path, body=body, headers=headers)
            except urllib3.exceptions.HTTPError as problem:
                reason = problem
                if not safe and not isinstance(problem, urllib3.exceptions.NewConnectionError):
                    break
            else:
                told = json.loads(answer.data)
                if answer.status < 400:
                    return told  # type: ignore[no-any-return]
                code = told.get("code", "")
                again = code in _TRY_AGAIN or (code == UNKNOWN and safe)
                if not again:
                    raise self._refused(told, key)
                reason = code
            if attempt < self.attempts:
                time.sleep(min(2.0 ** (attempt - 2), 8.0))
        raise UnknownOutcomeError(key, reason)

    def _refused(self, told: Json, key: str | None) -> Exception:
        code, detail = told.pop("code", ""), told.pop("detail", "")
        if code == UNKNOWN:
            return UnknownOutcomeError(key, detail)
        for standard in "type", "title", "status":
            told.pop(standard, None)
        return RefusedError(code, detail, told)

    def _request(self, route: Route, arguments: Json) -> tuple[str, bytes | None]:
        rest = dict(arguments)
        names = {name: quote(str(rest.pop(name)), safe="") for name in route.in_path}
        url = self.url + route.path.format_map(names)
        items = rest.pop(route.lines, None) if route.lines else None
        if route.method == "GET" or route.lines:
            if rest:
                texts = {name: _text(value) for name, value in rest.items()}
                url += "?" + urlencode(texts)
            return url, None if items is None else json.dumps(items).encode()
        return url, json.dumps(rest).encode()


class Direct(_Bank):
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
        whole: Json = {"detail": True} if route.detail else {}
        values |= whole
        statement = self.names.render(route.statement(values))
        try:
            row = self.connection.execute(statement.encode(), values).fetchone()
        except psycopg.Error as error:
            name = _BY_CODE.get(error.sqlstate or "")
            if name is None:
                raise
            members = json.loads(error.diag.message_detail or "{}")
            raise RefusedError(name, error.diag.message_hint or "", members) from error
        assert row is not None
        answer = row[0]
        return json.loads(answer) if isinstance(answer, str | bytes) else answer  # type: ignore[no-any-return]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
