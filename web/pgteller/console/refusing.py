"""Why a form is refused, in the words and the units of that form, and which field it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from pgteller.console import words
from pgteller.console.asking import exponent
from pgteller.console.fields import Field
from pgteller.console.kinds import Account, Money, Rate
from pgteller.contract import Json
from pgteller.money import major

if TYPE_CHECKING:
    from pgteller.console.forms import Form

# Which field a refusal is about that names none: the first of these that the form has.
FIELDS = {
    "insufficient_funds": "amount",
    "invalid_amount": "amount target_amount",
    "balance_limit_exceeded": "amount overdraft_limit",
    "capture_exceeds_hold": "amount",
    "refund_exceeds_payment": "amount",
    "refund_exceeds_hold": "amount",
    "overdraft_in_use": "overdraft_limit",
    "same_account": "target_account_id merchant_account_id",
    "currency_mismatch": "target_account_id merchant_account_id",
    "same_currency": "target_account_id",
    "account_exists": "account_id",
    "invalid_account_id": "account_id",
    "unknown_currency": "currency",
    "currency_exists": "currency",
    "api_key_exists": "name",
    "invalid_metadata": "metadata",
    "invalid_timestamp": "timestamp value_at",
    "timestamp_in_past": "timestamp",
    "timestamp_in_future": "timestamp",
    "invalid_url": "url",
    "address_not_allowed": "url",
}
# What an argument must be, where its least and its most do not say it.
EXPECTED = {
    "run_at": "Give a time to come, in the year 9999 at the latest.",
    "every": "Repeat it once in a minute at most, and say how often as in 10 days or 6 months.",
    "until": "Give a time after the first run, and only for what is repeated.",
    "time_zone": "Give the name of a time zone such as Europe/Berlin, or UTC.",
    "expires_at": "Give a time to come, and no earlier one than before.",
    "delay_ms": "Give ten years at most.",
    "fee": "Give an amount that is not below zero, and that an account can hold.",
    "name": "Use 1 to 64 letters, digits and . _ : @ -, a letter or digit first, and not token.",
    "accounts": (
        "Give 1 to 100 accounts, one on a line, without blanks around them: ids, or beginnings of "
        "ids with a * at the end; none at all for all of them."
    ),
    "secret": "Use 16 to 255 letters of English, digits and signs, without blanks.",
    "reason": "Give a reason of 1 to 500 characters that are not all blanks.",
    "currency": "Use 3 to 12 of A to Z, 0 to 9 and _, a letter first, and not XXX.",
}
_QUOTED = re.compile(r"`([^`]*)`")
_NAME = re.compile(r"^(?:Parameter )?`[^`]*`(:)? ")
_UNKEPT = re.compile(r"\bNUL\b|Unicode")  # what PostgreSQL says of characters that it does not take


def field_of(form: Form, problem: Json) -> str:
    """The name of the field, or of the part of one, that it is about."""
    named = problem.get("field") or problem.get("argument")
    if named:
        return str(named)
    asked = {one.name for one in form.fields}
    for name in FIELDS.get(problem["code"], "").split():
        if name in asked:
            return name
    about = problem.get("account_id")
    accounts = [one.name for one in form.fields if isinstance(one.kind, Account)]
    return next((name for name in accounts if about and form.texts.get(name) == about), "")


def heading(form: Form, problem: Json) -> str:
    """What it is called: by the field, where all that it says is what that must be."""
    code, found = problem["code"], _field(form, form.wrong)
    if found and code.startswith("invalid_"):
        return found.label
    return "This was not understood" if code == "invalid_request" else str(problem["title"])


def why(form: Form, problem: Json) -> Markup:
    """What it has to say."""
    code = problem["code"]
    found = _field(form, form.wrong)
    if code == "invalid_argument" and found:
        return Markup.escape(EXPECTED.get(found.name) or _limits(form, found))
    if code == "invalid_request":
        return Markup.escape(_plain(problem["detail"]))
    currency = _currency(form, problem)
    return words.refusal(problem, currency, exponent(currency))


def _field(form: Form, name: str) -> Field | None:
    """The one of a name, or of which that is a part."""
    whole = name.partition(".")[0]
    return next((one for one in form.fields if one.name == whole), None)


def _currency(form: Form, problem: Json) -> str | None:
    """That of the account which it is about: of two each has its own."""
    target = form.target
    if target and problem.get("account_id") == target["account_id"]:
        return str(target["currency"])
    return form.currency


def _limits(form: Form, one: Field) -> str:
    """The least and the most that it can be, as they are typed."""
    schema, place = one.value.schema, form.place(one)
    if "minimum" not in schema or "maximum" not in schema:
        return "Choose one of them." if "enum" in schema else "This does not fit here."
    unit = form.currency_of(one.name) if isinstance(one.kind, Money) else ""
    unit = "%" if isinstance(one.kind, Rate) else unit
    least, most = (
        major(schema[word], place.exponent, ",")
        if isinstance(one.kind, Money) and place.exponent is not None
        else " ".join(one.written(schema[word], place).values())
        for word in ("minimum", "maximum")
    )
    return f"Give {least} to {most} {unit}".rstrip() + "."


def _plain(detail: str) -> str:
    """A sentence for programs without their marks."""
    if _UNKEPT.search(detail):
        return "There is a character that cannot be kept."
    detail = _NAME.sub(lambda found: "" if found[1] else "This ", detail)
    return _QUOTED.sub("\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", detail)
