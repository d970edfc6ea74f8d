"""What pages ask: the functions behind the API's routes, as whoever has signed in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg
from flask import current_app, g

from pgteller import calls
from pgteller.contract import FUNCTIONS, Json
from pgteller.pool import UnavailableError
from pgteller.shell import callers, db, shapes
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError, answer, refused_by
from pgteller.shell.routes import Route

MOST_CURRENCIES = 1000  # in an answer
MOST_KEPT = 10_000  # accounts whose currency is kept in mind


def ask(name: str, arguments: Arguments, undone: bool = False) -> Any:  # noqa: ANN401, it is JSON
    """What a function answers, read; `undone`: what it would answer, and nothing is done."""
    g.called = name
    route: Route | None = current_app.extensions["routes"].get(name)
    if route is None:  # it has none, since it is for those who look after the ledger
        given, statement = arguments, calls.value(name, tuple(arguments))
    else:
        given = arguments | route.whole
        statement = route.statement(given)
    return msgspec.json.decode(db.fetch(statement, given, undone))


def ask_all(name: str, arguments: Arguments) -> list[Json]:
    """All that a function answers that has no route."""
    g.called = name
    found: list[Json] = msgspec.json.decode(db.listed(name, arguments))
    return found


def may(name: str) -> bool:
    """Whether whoever has signed in may call a function; without keys the database says it."""
    role = callers.role()
    return role is None or f"bank_{role}" in FUNCTIONS[name].roles


def exponent(currency: str) -> int:
    """How many decimals a currency has, which never changes; 0 where there is none such."""
    exponents: dict[str, int] = current_app.extensions["exponents"]
    if currency not in exponents:
        after: Arguments = {}
        while True:
            page = ask("list_currencies", {"limit": MOST_CURRENCIES} | after)
            exponents |= {one["currency"]: one["exponent"] for one in page["currencies"]}
            if page["next"] is None:
                break
            after = {"after": page["next"]}
    return exponents.get(currency, 0)


def known(name: str, arguments: Arguments) -> Json | None:
    """What a function tells of a thing, if there is one for whoever asks."""
    try:
        found: Json = ask(name, arguments)
    except (ProblemError, psycopg.Error) as error:
        if refused_by(error) is None:
            raise
        return None
    return found


def currency_of(account_id: str) -> str | None:
    """That of an account, which never changes; None where there is none such."""
    kept: dict[str, str] = current_app.extensions["currencies"]
    if account_id not in kept:
        found = known("get_account", {"account_id": account_id})
        if found is None:
            return None
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[account_id] = found["currency"]
    return kept[account_id]


@dataclass(frozen=True)
class Part:
    """A part of a page: what one function answers, asked for when the page gets to it."""

    name: str  # of its template
    function: str
    given: Arguments = field(default_factory=dict)
    takes: tuple[str, ...] = ()  # what of the page's parameters is for it
    makes: Callable[[Arguments, Any], Arguments] | None = None  # what else follows from the page's

    @property
    def parameters(self) -> shapes.Arguments:
        """What of the page's query is for it."""
        arguments = FUNCTIONS[self.function].arguments
        return {name: arguments[name] for name in self.takes}

    def given_by(self, arguments: Arguments, about: Any = None) -> Arguments:  # noqa: ANN401
        """What the function is asked with, on a page with these arguments about that."""
        given = self.given | {name: arguments[name] for name in self.takes if name in arguments}
        return given | self.makes(arguments, about) if self.makes else given

    def ask(self, given: Arguments, alone: bool) -> tuple[Any, Json | None]:
        """What the function answers, or what it refuses: a part of a page may be missing.

        `alone`: nothing but it was asked for, so that it may fail without the rest of the page.
        """
        try:
            return ask(self.function, given), None
        except (ProblemError, psycopg.Error, UnavailableError) as error:
            problem = refused_by(error)
            if problem is not None:
                return None, problem.document()
            if not alone:
                raise
            return None, json.loads(answer(error).get_data())
