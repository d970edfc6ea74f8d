"""A bank's client that checks every answer against the OpenAPI document."""

import copy
import itertools
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

T0 = 1_500_000_000_000  # some moment of the past
DAY = 86_400_000
MAX = 9_007_199_254_740_991

_run = secrets.token_hex(3)
_numbers = itertools.count(1)


@dataclass
class Reply:
    status: int
    body: Any
    headers: Any

    def __getitem__(self, name):
        return self.body[name]

    @property
    def code(self):
        """What a problem is called; None for a success."""
        return self.body["code"] if self.status >= 400 else None


def fresh(name: str = "account") -> str:
    """An account id that nobody has used."""
    return f"{name}-{_run}-{next(_numbers):05}"


def newest_event(db: psycopg.Connection) -> int:
    """What there is to be read before a test adds to it."""
    while (row := db.execute("SELECT * FROM bank.number_events()").fetchone())[0]:
        pass
    return row[1]


def wait_for_locks(connection: psycopg.Connection, number: int) -> None:
    """Return once that many sessions of this database wait for one."""
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    deadline = time.monotonic() + 30
    while connection.execute(waiting).fetchone()[0] < number:
        assert time.monotonic() < deadline, "nobody waits"


class Bank:
    """Requests in short: `bank.post("/deposits", account_id=..., amount=5)`."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.document = _document(client.application)

    def another(self) -> "Bank":
        """A client of the same server, for another thread."""
        return Bank(self.client.application.test_client())

    def get(self, path: str, **query) -> Reply:
        return self._checked(self.client.get(path, query_string=query or None))

    def post(self, path: str, key: str | None = None, **body) -> Reply:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._checked(self.client.post(path, json=body, headers=headers))

    def put(self, path: str, key: str | None = None, **body) -> Reply:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._checked(self.client.put(path, json=body, headers=headers))

    def send(
        self, path: str, text: str | bytes, content_type="application/json", key: str | None = None
    ) -> Reply:
        """A body as it is, JSON or not."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._checked(
            self.client.post(path, data=text, content_type=content_type, headers=headers)
        )

    def batch(self, items: list[dict], key: str | None = None, **query) -> Reply:
        """Many operations at once."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self._checked(
            self.client.post("/batches", json=items, headers=headers, query_string=query or None)
        )

    def account(self, balance: int = 0, **body) -> str:
        """A new account with some money in it."""
        account_id = fresh()
        assert self.post("/accounts", account_id=account_id, **body).status == 201
        if balance:
            time = {name: body[name] for name in body if name == "timestamp"}
            reply = self.post("/deposits", account_id=account_id, amount=balance, **time)
            assert reply.status == 200, reply
        return account_id

    def balance(self, account_id: str, **query) -> int:
        return self.get(f"/accounts/{account_id}/balance", **query)["balance"]

    def history(self, account_id: str, **query) -> list[dict]:
        return self.get(f"/accounts/{account_id}/transactions", **query)["transactions"]

    def _checked(self, response: TestResponse) -> Reply:
        """The answer, if it is one that the document announces."""
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        operation = self._operation(response.request.method, response.request.path)
        if operation is not None:
            announced = operation["responses"][str(response.status_code)]["content"]
            schema = announced[response.mimetype]["schema"]
            components = _strict_components(self.client.application)
            Draft202012Validator({**schema, "components": components}).validate(response.json)
        return Reply(response.status_code, response.json, response.headers)

    def _operation(self, method: str, path: str) -> dict | None:
        """What the document says of a path: the template with the longest fixed part."""
        found = [template for template in self.document["paths"] if _pattern(template)(path)]
        if not found:
            return None
        template = max(found, key=lambda name: len(re.sub("{.*?}", "", name)))
        return self.document["paths"][template].get(method.lower())


@lru_cache(maxsize=8)
def _document(app: Flask) -> dict:
    """What an application says of itself, as long as it lives: it is large, and read once."""
    return app.test_client().get("/openapi.json").json


@lru_cache(maxsize=8)
def _strict_components(app: Flask) -> dict:
    """Schemas that take no member which the document does not tell of, problems apart."""
    components = copy.deepcopy(_document(app)["components"])
    for name, component in components["schemas"].items():
        if name != "Problem":
            component["additionalProperties"] = False
    return components


@cache
def _pattern(template: str) -> Callable[[str], object]:
    """Tells whether a path is of the template."""
    anything = re.sub("{account_id}", ".+", template)
    return re.compile(re.sub("{(pay|tr|hold|mon|sch|web).*?}", "[^/]+", anything)).fullmatch
