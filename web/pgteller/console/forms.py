"""What happens to a form: it is shown, then what it would do, and then that is done.

What it would do the function itself says, in a transaction that is undone.  The page that says so
has an idempotency key, so that to send it twice is to do it once.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg
from flask import Response, current_app, request

from pgteller.console import fields, rendering, signing
from pgteller.console.actions import ACTIONS, Action
from pgteller.console.asking import ask, exponent, known, may
from pgteller.console.fields import Field
from pgteller.contract import FUNCTIONS, TYPES, Json
from pgteller.pool import UnavailableError
from pgteller.shell import errors, parsing, seen, shapes
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError

KEY, STEP, ZONE, NOTE, FIXED = "idempotency_key", "step", "zone_here", "note", "fixed"
CHANGED = {"HX-Trigger": "ledger-changed"}
# By what a form says whom it is about: the function that tells more of that.
ABOUT = {
    "account_id": ("get_account", "account_id"),
    "source_account_id": ("get_account", "account_id"),
    "hold_id": ("get_hold", "hold_id"),
    "payment_id": ("get_payment", "payment_id"),
}
# What of an account changes by whatever is done with it, and stands in other answers as well.
BALANCES = {"balance", "available", "held", "pending_cashback"}
# What is made up anew each time, and so is none of the effect.
MADE_UP = {"transaction_id", "timestamp", "secret", "version", "head", "last_timestamp"}
MADE_UP |= {"created_at", "payment_id", "hold_id", "schedule_id", "monitor_id", "webhook_id"}


@dataclass
class Form:
    """One action, and what has been typed so far."""

    action: Action
    texts: dict[str, str]
    key: str = ""
    fixed: str = ""  # the argument that says what it is about, where the form was opened on that
    arguments: Arguments = field(default_factory=dict)
    found: Json | None = None

    @classmethod
    def of(cls, name: str, given: Mapping[str, str]) -> Form:
        """As a request has it."""
        action = ACTIONS.get(name)
        if action is None:
            raise ProblemError("not_found")
        return cls(action, {name: value for name, value in given.items() if value})

    @cached_property
    def fields(self) -> list[Field]:
        """What it asks for; what only operators may give it does not ask of others."""
        function = self.action.function
        operates = may("freeze_account")
        asked = {
            name: one for name, one in function.arguments.items() if operates or not one.privileged
        }
        return fields.of(asked, current_app.extensions["routes"][function.name].required)

    @cached_property
    def subject(self) -> tuple[str, Arguments] | None:
        """The function that tells of what it is about, and with what that is asked."""
        for name, (function, argument) in ABOUT.items():
            if name in self.texts:
                return function, {argument: self.texts[name]}
        return None

    @cached_property
    def about(self) -> Json | None:
        """The account, hold or payment that it is about, as it was before."""
        return known(*self.subject) if self.subject else None

    @cached_property
    def target(self) -> Json | None:
        """The other account that it is about."""
        found = self.texts.get("target_account_id")
        return known("get_account", {"account_id": found}) if found else None

    @property
    def currency(self) -> str | None:
        """In which its amounts are."""
        if self.about:
            return str(self.about["currency"])
        asked = self.action.function.arguments.get("currency")
        typed = self.texts.get("currency", "").strip().upper()
        return typed or (asked.default if asked else None)

    def currency_of(self, name: str) -> str | None:
        """That of an amount: of two accounts each has its own."""
        if not name.startswith("target_"):
            return self.currency
        return str(self.target["currency"]) if self.target else None

    def exponent(self, name: str) -> int | None:
        """How many decimals an amount has; None where nobody knows yet of which currency it is."""
        currency = self.currency_of(name)
        return exponent(currency) if currency else None

    def fill(self) -> None:
        """Put there what is so now, where the action says so and nothing else was given."""
        zone = fields.zone(self.texts.get(ZONE, ""))
        for one in self.fields:
            value = one.value.default
            column = self.action.given.get(one.name)
            if column and self.about and column in self.about:
                value = self.about[column]
            if one.name not in self.texts and value is not None:
                self.texts[one.name] = one.written(value, self.exponent(one.name), zone)

    def read(self) -> Arguments:
        """What the function is to be asked with."""
        timed = any(one.kind == "time" and one.name in self.texts for one in self.fields)
        zone = fields.zone(self.texts.get(ZONE, "") if timed else "")
        given: dict[str, Any] = {}
        for one in self.fields:
            text = self.texts.get(one.name, "")
            if one.kind == "flag":
                given[one.name] = text == "true"
            elif text.strip():
                decimals = self.exponent(one.name)
                if decimals is None and one.kind == "money" and self.subject:
                    ask(*self.subject)  # which refuses what nobody knows
                given[one.name] = one.read(text, decimals, zone)
        if note := self.texts.get(NOTE):
            given["metadata"] = _with(given.get("metadata", "{}"), self.action.note, note)
        asked = {one.name: one.value for one in self.fields}
        struct = shapes.query(f"{self.action.name}_form", asked)
        in_json = [name for name, value in asked.items() if value.sql in shapes.JSON]
        return parsing.members(given, struct, in_json)

    def ask(self, undone: bool) -> None:
        """Have it done, or told what it would do."""
        self.arguments = self.read()
        seen.arguments(self.arguments)
        _ = self.about  # as it is before
        keyed = KEY in self.action.function.arguments and not undone
        given = self.arguments | ({KEY: self.key} if keyed else {})
        self.found = ask(self.action.name, given, undone)

    @property
    def effect(self) -> list[tuple[str, Any, Any]]:
        """What it changes: a column, what it was if that is known, and what it is then."""
        kind = self.action.function.returns
        if self.found is None or not isinstance(kind, str):
            return []
        before = self.about or {}
        same = self.subject is not None and kind == FUNCTIONS[self.subject[0]].returns
        rows = []
        for name in TYPES[kind].columns:
            after = self.found.get(name)
            was = before.get(name) if same or name in BALANCES else None
            asked = after == self.arguments.get(name)
            if name not in MADE_UP and after is not None and not asked and after != was:
                rows.append((name, was, after))
        return rows

    @property
    def made(self) -> list[str]:
        """The columns that tell what came of it, under which it is found again."""
        found = self.found or {}
        return [name for name in MADE_UP if name.endswith("_id") and found.get(name)]


def show(action: str) -> Response:
    """The form, empty but for what its address has."""
    form = Form.of(action, request.args)
    first = next(iter(form.action.given), "")
    form.fixed = first if first in form.texts else ""
    form.fill()
    return rendering.respond(rendering.render("form.html", form=form, problem=None))


def submit(action: str) -> Response:
    """What was sent: show what it would do, or do it, or have it changed."""
    signing.require_own()
    form = Form.of(action, request.form)
    step = form.texts.pop(STEP, "preview")
    form.key = form.texts.pop(KEY, "")
    form.fixed = form.texts.pop(FIXED, "")
    form.texts.pop(signing.FIELD, None)
    if step == "edit":
        return rendering.respond(rendering.render("form.html", form=form, problem=None))
    done = step == "confirmed" and bool(form.key)
    try:
        form.ask(undone=not done)
    except (ProblemError, psycopg.Error, UnavailableError) as error:
        return _refused(form, error, done)
    if done:
        return rendering.respond(rendering.render("done.html", form=form), headers=CHANGED)
    form.key = secrets.token_urlsafe(16)
    return rendering.respond(rendering.render("confirm.html", form=form, problem=None))


def _refused(form: Form, error: Exception, done: bool) -> Response:
    """The form again, and why; if it may have been done, the same key asks again."""
    answer = errors.answer(error)
    problem = json.loads(answer.get_data())
    if not done:
        seen.tried()
        if problem["code"] == "outcome_unknown":  # nothing was to come of it
            answer = ProblemError("database_unavailable").response()
            problem = json.loads(answer.get_data())
    template = "confirm.html" if done and answer.status_code >= 500 else "form.html"
    return rendering.respond(
        rendering.render(template, form=form, problem=problem), answer.status_code
    )


def _with(metadata: str, member: str, text: str) -> str:
    """The metadata with what has a field of its own; as it is where it is no object.

    As text, since numbers are to stay what they are; what is there twice is refused with the rest.
    """
    inner = metadata.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        return metadata
    first = f"{json.dumps(member)}: {json.dumps(text, ensure_ascii=False)}"
    rest = inner[1:].lstrip()
    return f"{{{first}{'' if rest == '}' else ', '}{rest}"
