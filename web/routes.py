"""The table of routes, and what all of them have in common.

A resource module describes a route once, with the decorator; Flask's rule, the checks and the
OpenAPI document all come from that:

    @Route("POST", "/transfers", body=Transfer, answer=TransferReceipt, idempotent=True,
           refusals=(*WRITING, *DEBIT, "same_account"))
    def transfer(arguments: Arguments) -> bytes:
        '''Move money between two accounts.'''
        return db.row("transfer", arguments)

`arguments` holds the path's names, the query's and the body's: the arguments of the function.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter, PathConverter

from web import db, parsing, resources
from web.db import Arguments
from web.fields import PATH_PARAMETERS, Answer, Body, Query

Handler = Callable[[Arguments], bytes]
Renderer = Callable[[bytes], bytes]

ROUTES: list[Route] = []

# Refusals that come together.
WRITING = (
    "invalid_metadata",
    "invalid_idempotency_key",
    "idempotency_key_reused",
    "invalid_timestamp",
    "operator_required",
    "timestamp_in_past",
)
DEBIT = ("account_frozen", "account_blocked", "account_closed", "insufficient_funds")
CREDIT = ("account_blocked", "account_closed", "balance_limit_exceeded")


@dataclass(frozen=True)
class Items:
    """A body that is an array, or lines, of JSON objects; it goes on as it is, as one argument."""

    argument: str
    type: Any
    most: int
    max_bytes: int


@dataclass
class Route:
    """One method of one path, `{name}` standing for a path parameter; decorates its handler."""

    method: str
    path: str
    answer: type[Answer] | str  # a str is the media type of an answer that is not JSON
    body: type[Body] | None = None
    items: Items | None = None  # instead of a body that is one object
    query: type[Query] = Query
    refusals: tuple[str, ...] = ()
    status: int = 200
    location: str = ""  # of what was made, `{name}` standing for an argument
    idempotent: bool = False  # whether it takes an Idempotency-Key
    also: dict[str, Renderer] = field(default_factory=dict)  # other media types, made from the JSON
    handler: Handler = field(init=False)

    def __call__(self, handler: Handler) -> Handler:
        """Put the route into the table."""
        self.handler = handler
        ROUTES.append(self)
        return handler

    @property
    def name(self) -> str:
        """What the route is called in the document and in Flask."""
        return self.handler.__name__

    @property
    def resource(self) -> str:
        """The module it comes from."""
        return self.handler.__module__.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of it."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()

    @property
    def parameters(self) -> list[str]:
        """The names in the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return re.sub(
            r"{(\w+)}", lambda found: f"<{PATH_PARAMETERS[found[1]][0]}:{found[1]}>", self.path
        )

    def respond(self, **arguments: object) -> Response:
        """Answer a request: parse it, have the handler call its function, send what that gave."""
        arguments |= parsing.query(self.query)
        if self.body:
            arguments |= parsing.body(self.body)
        if self.items:
            request.max_content_length = self.items.max_bytes
            arguments[self.items.argument] = parsing.items(self.items.type, self.items.most)
        if self.idempotent:
            arguments |= parsing.idempotency_key()
        media_type = self.answer if isinstance(self.answer, str) else "application/json"
        answer = self.handler(arguments)
        if self.also:
            wanted = request.accept_mimetypes.best_match([media_type, *self.also], media_type)
            if wanted in self.also:
                answer, media_type = self.also[wanted](answer), wanted
        response = Response(answer, self.status, mimetype=media_type)
        if self.also:
            response.vary.add("Accept")
        if self.location:
            names = {name: quote(str(value), safe="") for name, value in arguments.items()}
            response.headers["Location"] = self.location.format_map(names)
        return response


class TextConverter(PathConverter):
    """Any text but none, as account ids are: slashes and line breaks included."""

    part_isolating = False
    regex = r"[\s\S]+?"


class NumberConverter(BaseConverter):
    """A whole number of at most 16 digits, which is all that 2^53 needs."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """As the function takes it."""
        return int(value)


def load() -> None:
    """Fill the table: every module in web/resources puts its routes there."""
    for module in pkgutil.iter_modules(resources.__path__, "web.resources."):
        importlib.import_module(module.name)


def install(app: Flask) -> None:
    """Give Flask every route of the table."""
    load()
    db.install(app)
    app.url_map.merge_slashes = False  # an account may be called a//b
    app.url_map.converters |= {"text": TextConverter, "number": NumberConverter}
    for entry in ROUTES:
        app.add_url_rule(entry.rule, entry.name, entry.respond, methods=[entry.method])
