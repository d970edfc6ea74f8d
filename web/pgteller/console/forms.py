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
from flask import Response, current_app, g, request

from pgteller.console import effects, fields, members, refusing, rendering, signing
from pgteller.console.actions import ACTIONS, Action
from pgteller.console.asking import (
    account_of,
    as_written,
    ask,
    exponent_if_known,
    known,
    may,
    policies_by_currency,
    webhooks_by_id,
)
from pgteller.console.fields import Field
from pgteller.console.kinds import Metadata, Money, Place
from pgteller.console.members import Row
from pgteller.contract import Json
from pgteller.pool import UnavailableError
from pgteller.shell import errors, identity, parsing, seen, shapes
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError

KEY, STEP, ZONE, NOTE, FIXED = "idempotency_key", "step", "zone_here", "note", "fixed"
BACK, BEFORE = "back", "before"
# Steps that show the form again, with what was typed: as it is, with more rows, in the other form.
EDITS = {"edit", "more_rows", "as_json", "as_rows"}
EMPTY = [Row("", "")] * 2  # for more metadata
OVERTAKEN = "Somebody has changed meanwhile what this sets anew: look at its effect once more."
CHANGED = {"HX-Trigger": "ledger-changed"}
# By what a form says whom it is about: the function that tells more of that.
ABOUT = {
    "account_id": ("get_account", "account_id"),
    "source_account_id": ("get_account", "account_id"),
    "hold_id": ("get_hold", "hold_id"),
    "payment_id": ("get_payment", "payment_id"),
}


@dataclass
class Form:
    """One action, and what has been typed so far."""

    action: Action
    texts: dict[str, str]
    key: str = ""
    fixed: str = ""  # the argument that says what it is about, where the form was opened on that
    back: str = ""  # the path of the page that it was opened from
    step: str = ""  # how it was shown last
    sent: bool = False  # to be done, and not to be shown
    before: str = ""  # `standing`, as it was when it was shown what it would do
    wrong: str = ""  # the field, or the part of one, that is refused
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
        required = current_app.extensions["routes"][function.name].required
        return fields.of(function.name, asked, required)

    @property
    def named(self) -> str:
        """The argument that says what it is about; "" where that is not there yet."""
        return next(iter(self.action.given), "")

    @cached_property
    def subject(self) -> tuple[str, Arguments] | None:
        """The function that tells of what it is about, and with what that is asked."""
        if self.named not in ABOUT or self.named not in self.texts:
            return None
        function, argument = ABOUT[self.named]
        return function, {argument: self.texts[self.named]}

    @cached_property
    def about(self) -> Json | None:
        """The account, hold, payment, policy or webhook that it is about, as it was before."""
        if self.action.place == "policy":
            return policies_by_currency().get(self.texts.get("currency", "").strip().upper())
        if self.action.place == "webhook":
            return webhooks_by_id().get(self.texts.get("webhook_id", ""))
        return known(*self.subject) if self.subject else None

    @cached_property
    def metadata(self) -> str | None:
        """The metadata that it sets anew, as they were written before."""
        sets = self.subject and "metadata" in self.action.given
        return as_written(*self.subject)["metadata"] if self.subject and sets else None

    @cached_property
    def target(self) -> Json | None:
        """The other account that it is about."""
        found = self.texts.get("target_account_id")
        return account_of(found) if found else None

    @property
    def currency(self) -> str | None:
        """In which its amounts are."""
        if self.about and "currency" in self.about:
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
        return exponent_if_known(currency) if currency else None

    def rows(self, one: Field) -> list[Row]:
        """The rows of metadata that it shows, some of them empty."""
        return [*members.typed(one.parts(self.texts)), *EMPTY]

    @property
    def has_rare(self) -> bool:
        """Whether anything of what few need is typed, or wrong."""
        wrong = self.wrong.partition(".")[0]
        return self.step in EDITS - {"edit"} or any(
            one.rare and (one.is_typed(self.texts) or one.name == wrong) for one in self.fields
        )

    def place(self, one: Field) -> Place:
        """What the amounts and times that are typed into a field depend on."""
        return Place(self.exponent(one.name), self.texts.get(ZONE, ""))

    def fill(self) -> None:
        """Put there what is so now, where the action says so and nothing else was given."""
        for one in self.fields:
            # Zero is an amount of any currency, and another one may yet be chosen: it stays empty.
            empty = isinstance(one.kind, Money) and one.value.default == 0
            value: object = None if empty else one.value.default
            column = self.action.given.get(one.name)
            if column and self.about and column in self.about:
                value = self.about[column]
                if value is not None and isinstance(one.kind, Metadata):
                    value = self.metadata
            if not one.parts(self.texts):
                self.texts |= one.written(value, self.place(one))

    def read(self) -> Arguments:
        """What the function is to be asked with."""
        given: dict[str, Any] = {}
        for one in self.fields:
            place = self.place(one)
            if place.exponent is None and isinstance(one.kind, Money):
                self.refuse_unknown()
            value = one.read(self.texts, place)
            if value is not None:
                given[one.name] = value
            elif one.required:
                raise ProblemError("invalid_request", "Fill this in.", field=one.name)
        if note := self.texts.get(NOTE):
            given["metadata"] = _with(given.get("metadata", "{}"), self.action.note, note)
        asked = {one.name: one.value for one in self.fields}
        struct = shapes.query(f"{self.action.name}_form", asked)
        in_json = [name for name, value in asked.items() if value.sql in shapes.JSON]
        return parsing.members(given, struct, in_json)

    def refuse_unknown(self) -> None:
        """Refuse what would tell how an amount is to be read, and what nobody knows."""
        if self.subject:
            ask(*self.subject)
        elif self.currency:
            raise ProblemError("unknown_currency", currency=self.currency[:64])

    def edit(self, step: str) -> None:
        """Show it again; its metadata as JSON, or as rows, where that was asked for."""
        self.step = step
        if step not in ("as_json", "as_rows"):
            return
        for one in self.fields:
            if isinstance(one.kind, Metadata):
                document = str(one.read(self.texts, self.place(one)) or "{}")
                shown = {one.name: document}
                if step == "as_rows" and one.name in (shown := one.written(document, Place())):
                    detail = "No rows can show this: it is no object, or a name is empty or twice."
                    raise ProblemError("invalid_request", detail, field=one.name)
                for name in one.names(self.texts):
                    del self.texts[name]
                self.texts |= shown

    def ask(self) -> None:
        """Have it done where it was sent for that, else told what it would do."""
        self.arguments = self.read()
        seen.arguments(self.arguments)
        standing = self.standing  # asked for before it changes
        keyed = KEY in self.action.function.arguments and self.sent
        given = self.arguments | ({KEY: self.key} if keyed else {})
        if keyed and standing != self.before:
            ask(self.action.name, given, undone=True)
            if not g.get("replayed"):  # by this form, sent twice
                raise ProblemError("invalid_request", OVERTAKEN)
        self.found = ask(self.action.name, given, undone=not self.sent)
        if not self.sent:
            self.keep()

    @property
    def standing(self) -> str:
        """What it sets anew, as that is now, in short: nobody is to undo unseen what others did."""
        columns = self.action.given.values()
        before = [self.about.get(column) for column in columns] if self.about else []
        return identity.sha256(json.dumps([before, self.metadata]))

    def keep(self) -> None:
        """Ask for the amount that its function has taken, so that it is done as it is shown."""
        for one in self.fields:
            if one.name == "amount" and not one.is_typed(self.texts) and self.found:
                self.arguments[one.name] = self.found[one.name]
                self.texts |= one.written(self.found[one.name], self.place(one))

    @property
    def made(self) -> list[str]:
        """The columns that tell what came of it, under which it is found again."""
        found = self.found or {}
        return [name for name in effects.MADE_UP if name.endswith("_id") and found.get(name)]


def show(action: str) -> Response:
    """The form, empty but for what its address has."""
    form = Form.of(action, request.args)
    form.fixed = form.named if form.named in form.texts else ""
    form.back = rendering.came_from()
    form.fill()
    return _shown("form.html", form)


def submit(action: str) -> Response:
    """What was sent: show what it would do, or do it, or have it changed."""
    signing.require_own()
    form = Form.of(action, request.form)
    step = form.texts.pop(STEP, "preview")
    form.key = form.texts.pop(KEY, "")
    form.fixed = form.texts.pop(FIXED, "")
    form.back = rendering.local(form.texts.pop(BACK, ""))
    form.before = form.texts.pop(BEFORE, "")
    form.texts.pop(signing.FIELD, None)
    form.sent = step == "confirmed" and bool(form.key)
    try:
        if step in EDITS:
            form.edit(step)
            return _shown("form.html", form)
        form.ask()
    except (ProblemError, psycopg.Error, UnavailableError) as error:
        return _refused(form, error)
    if form.sent:
        return _shown("done.html", form, headers=CHANGED)
    form.key = secrets.token_urlsafe(16)
    return _shown("confirm.html", form)


def _shown(
    template: str,
    form: Form,
    problem: Json | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A step of a form as a page."""
    return rendering.respond(
        rendering.render(template, form=form, problem=problem), status, headers
    )


def _refused(form: Form, error: Exception) -> Response:
    """The form again, and why; if it may have been done, the same key asks again."""
    answer = errors.answer(error)
    problem = json.loads(answer.get_data())
    if not form.sent:
        seen.tried()
        if problem["code"] == "outcome_unknown":  # nothing was to come of it
            answer = ProblemError("database_unavailable").response()
            problem = json.loads(answer.get_data())
    template = "confirm.html" if form.sent and answer.status_code >= 500 else "form.html"
    form.wrong = refusing.field_of(form, problem)
    return _shown(template, form, problem, answer.status_code)


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
