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
from pgteller.sending import Caller
from pgteller.shell import callers, db, shapes
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError, answer, may_have_happened, refused_by
from pgteller.shell.routes import Route

Answer = tuple[Any, Json | None]  # what a function answers, or the problem in place of it
MOST_CURRENCIES = 1000  # in an answer
LATE = "The rest of the page has taken so long that this was not asked for; load it again."
MOST_KEPT = 10_000  # accounts whose currency is kept in mind


def ask(name: str, arguments: Arguments, undone: bool = False) -> Any:  # noqa: ANN401, it is JSON
    """What a function answers, read; `undone`: what it would answer, and nothing is done."""
    return msgspec.json.decode(_answer(name, arguments, undone))


def as_written(name: str, arguments: Arguments) -> dict[str, str]:
    """What it answers, each column as the JSON that it is: no number is read."""
    found = msgspec.json.decode(_answer(name, arguments), type=dict[str, msgspec.Raw])
    return {column: bytes(raw).decode() for column, raw in found.items()}


def _answer(name: str, arguments: Arguments, undone: bool = False) -> bytes:
    g.called = name
    route: Route | None = current_app.extensions["routes"].get(name)
    if route is None:  # it has none, since it is for those who look after the ledger
        given, statement = arguments, calls.value(name, tuple(arguments))
    else:
        given = arguments | route.whole
        statement = route.statement(given)
    return db.fetch(statement, given, undone)


def ask_all(name: str, arguments: Arguments) -> list[Json]:
    """All that a function answers that has no route."""
    g.called = name
    found: list[Json] = msgspec.json.decode(db.listed(name, arguments))
    return found


def may(name: str) -> bool:
    """Whether whoever has signed in may call a function; without keys the database says it."""
    role = callers.role()
    return role is None or f"bank_{role}" in FUNCTIONS[name].roles


def exponent(currency: str | None) -> int:
    """How many decimals a currency has; 0 where there is none such."""
    return (exponent_if_known(currency) or 0) if currency else 0


def exponent_if_known(currency: str) -> int | None:
    """How many decimals a currency has, which never changes; None where there is none such."""
    exponents: dict[str, int] = current_app.extensions["exponents"]
    if currency not in exponents:
        found = _by("currency", "list_currencies", "currencies")
        exponents |= {name: one["exponent"] for name, one in found.items()}
    return exponents.get(currency)


def policies_by_currency() -> dict[str, Json]:
    """What payments earn, of the currencies in which they earn anything."""
    return _by("currency", "list_cashback_policies", "cashback_policies")


def webhooks_by_id() -> dict[str, Json]:
    """Where events are sent."""
    return _by("webhook_id", "list_webhooks", "webhooks")


def in_use() -> set[str] | None:
    """The currencies in which something was ever booked; None where that is not for who asks."""
    totals = known("ledger_totals", {}) if may("ledger_totals") else None
    return {one["currency"] for one in totals["totals"]} if totals else None


def _by(name: str, function: str, member: str) -> dict[str, Json]:
    """All that a list has, however many pages that takes."""
    found: dict[str, Json] = {}
    after: Arguments = {}
    while True:
        page = ask(function, {"limit": MOST_CURRENCIES} | after)
        found |= {one[name]: one for one in page[member]}
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def known(name: str, arguments: Arguments) -> Json | None:
    """What a function tells of a thing, if there is one for whoever asks."""
    try:
        found: Json = ask(name, arguments)
    except (ProblemError, psycopg.Error) as error:
        if refused_by(error) is None:
            raise
        return None
    return found


def account_of(account_id: str) -> Json | None:
    """An account, if there is one that whoever asks may see."""
    return known("get_account", {"account_id": account_id})


def currency_of(account_id: str) -> str | None:
    """That of an account, which never changes; None where there is none such."""
    kept: dict[str, str] = current_app.extensions["currencies"]
    if account_id not in kept:
        found = account_of(account_id)
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

    def ask(self, given: Arguments, alone: bool) -> Answer:
        """What the function answers, or why it does not: a part of a page may be missing.

        But where there is no database none is there, and the next one would wait for it in vain;
        unless nothing but this was asked for (`alone`).
        """
        if not alone and _is_late():
            return None, ProblemError("statement_timeout", LATE).document()
        try:
            return ask(self.function, given), None
        except (ProblemError, psycopg.Error, UnavailableError) as error:
            problem = refused_by(error)
            if problem is not None:
                return None, problem.document()
            answered = isinstance(error, psycopg.Error) and not may_have_happened(error)
            if not (alone or answered):
                raise
            return None, json.loads(answer(error).get_data())


def _is_late() -> bool:
    """Whether a page has waited as long as a statement may: it is not to do so for each part.

    So it waits twice as long at most.
    """
    caller: Caller = g.caller
    waited: float = g.seen.database
    return waited > caller.limit
