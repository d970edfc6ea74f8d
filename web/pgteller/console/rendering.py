"""Templates into HTML: what they can call, and how pages go out."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, Response, render_template, request
from markupsafe import Markup

from pgteller import __version__
from pgteller.console import actions, asking, drawing, files, periods, signing, words
from pgteller.contract import CHECKS, Json, Value
from pgteller.shell import callers
from pgteller.shell.errors import STATUS
from pgteller.shell.shapes import is_money, is_time

if TYPE_CHECKING:
    from pgteller.console.fields import Field
    from pgteller.console.forms import Form

HTML = "text/html"
SMALL = 1000  # bytes that are not worth to be compressed
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    # By `no-referrer` a browser would send forms as if from nowhere: `Origin: null`.
    "Referrer-Policy": "same-origin",
}
# Columns that are told by another column beside them.
LINKED = {"transaction_id", "refers_to", "reverses", "reversed_by"}


def install(app: Flask) -> None:
    """Give templates what they write with."""
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals |= {
        "account": words.account,
        "activity": drawing.activity,
        "address": files.address,
        "all_operations": words.all_operations,
        "argument": argument,
        "cell": cell,
        "chart": drawing.balance,
        "checks": lambda: CHECKS,
        "choices": words.CHOICES,
        "count": "{:,}".format,
        "codes": lambda: sorted(STATUS),
        "customers": drawing.customers,
        "described": words.described,
        "duration": words.duration,
        "effect": effect,
        "hash": words.hash_,
        "here": here,
        "hint": words.hint,
        "kinds": kinds,
        "label": words.label,
        "may": asking.may,
        "money": money,
        "now": words.now,
        "moment": words.moment,
        "moved": moved,
        "offered": actions.offered,
        "operation": words.operation,
        "postings": drawing.postings,
        "role": callers.role,
        "said": said,
        "signed_in_as": callers.name,
        "spans": periods.WORDS.items,
        "token": signing.token,
        "told": told,
        "told_by": told_by,
        "told_of": told_of,
        "transaction": words.transaction,
        "version": __version__,
    }
    app.jinja_env.filters |= {"pretty": words.pretty}


def here(**changes: object) -> str:
    """The address of this page, with other parameters; what is None is left out."""
    given = request.args.to_dict() | changes
    query = urlencode([(name, value) for name, value in given.items() if value is not None])
    return request.script_root + request.path + (f"?{query}" if query else "")


def render(template: str, **context: Any) -> str:  # noqa: ANN401
    """A template as text."""
    return render_template(f"console/{template}", **context)


def respond(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A page as it goes out."""
    return Response(text, status, mimetype=HTML, headers=headers)


def away(path: str, headers: dict[str, str] | None = None) -> Response:
    """Send a browser to another page of this server; htmx stays, and shows what has changed."""
    if request.headers.get("HX-Request"):
        return Response("", 204, headers=headers)
    response = Response("", 303)
    response.headers["Location"] = path
    response.autocorrect_location_header = False
    return response


def finish(response: Response) -> Response:
    """What all that the console answers has: headers, and as few bytes as may be."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if response.mimetype == HTML and "Content-Encoding" not in response.headers:
        response.vary.add("Accept-Encoding")
        content = response.get_data()
        if len(content) > SMALL and request.accept_encodings.quality("gzip") > 0:
            response.set_data(gzip.compress(content, 5, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response


def money(amount: int | None, currency: str, signed: bool = False) -> Markup:
    """An amount in its currency."""
    return words.money(amount, currency, asking.exponent(currency), signed)


def moved(amount: int, currency: str) -> Markup:
    """What an entry moved, with its sign; many move nothing."""
    return money(amount, currency, signed=True) if amount else words.NOTHING


def told_by(found: Json, currency: str | None = None) -> list[tuple[str, Markup]]:
    """What the ledger says, as facts: a name, and what is under it as what it is by that name."""
    decimals = asking.exponent(currency) if currency else 0
    return [
        (words.label(name), words.member(name, value, currency, decimals))
        for name, value in found.items()
        if value is not None
    ]


def told_of(metadata: Json) -> list[tuple[str, str]]:
    """What a client says, as facts: nobody knows what its names mean."""
    return [
        (name, value if isinstance(value, str) else words.compact(value))
        for name, value in metadata.items()
    ]


def said(problem: Json, currency: str | None = None) -> Markup:
    """What a problem has to say; its amounts are in that currency."""
    return words.refusal(problem, currency, asking.exponent(currency) if currency else 0)


def told(refusal: Json, currency: str | None = None) -> Markup:
    """What a refusal that was noted had to say, its amounts in the currency of its account."""
    if currency is None and refusal["account_ids"]:
        currency = asking.currency_of(refusal["account_ids"][0])
    return said(refusal["detail"] | {"code": refusal["code"], "detail": ""}, currency)


def kinds(name: str, kind: str) -> str:
    """How a column of a table stands."""
    meaning = words.meanings(kind)[name]
    numeric = meaning.schema.get("type") == "integer" and not is_time(meaning)
    return "number" if numeric else "text" if name in ("finding", "last_error") else ""


def argument(form: Form, one: Field) -> Markup:
    """What a form asks its function for, as people read it."""
    value = form.arguments[one.name]
    if one.kind == "json":
        found = json.loads(str(value))
        if isinstance(found, dict):
            return Markup("; ").join(Markup("{}: {}").format(*pair) for pair in told_of(found))
        return Markup('<code class="json">{}</code>').format(words.compact(found))
    return _written(one.value, one.name, value, form.currency_of(one.name))


def effect(form: Form, name: str, value: Any) -> Markup:  # noqa: ANN401
    """What a form's function answers in one of its columns."""
    kind = form.action.function.returns
    assert isinstance(kind, str)
    return _written(words.meanings(kind)[name], name, value, form.currency)


def cell(row: Json, name: str, kind: str, currency: str | None = None) -> Markup:
    """A column of a row, as what it is."""
    unit = row.get("currency") or currency
    return _written(words.meanings(kind)[name], name, row[name], unit)


def _written(  # noqa: PLR0911, one for each kind of value
    meaning: Value,
    name: str,
    value: Any,  # noqa: ANN401
    currency: str | None,
) -> Markup:
    """A value as what it is."""
    if value is None or value in ([], {}):
        return words.NOTHING
    if name.endswith("account_id"):
        return words.account(value)
    if name == "account_ids":
        return Markup(", ").join(words.account(one) for one in value)
    if name in LINKED:
        return words.transaction(value)
    if name in ("operation", "type"):
        return Markup.escape(words.operation(value))
    if name == "status":
        return Markup('<span class="badge {0}">{0}</span>').format(value)
    if is_time(meaning):
        return words.moment(value)
    if is_money(meaning) and currency:
        signed = name == "amount" and meaning.schema.get("minimum", 0) < 0
        return money(value, currency, signed) if value or not signed else words.NOTHING
    if isinstance(value, bool):
        return Markup("Yes" if value else "No")
    if isinstance(value, dict):
        return _facts(value, currency)
    if isinstance(value, list) and isinstance(value[0], dict):
        return Markup("<br>").join(_facts(one, currency) for one in value)
    if isinstance(value, list):
        return Markup(", ").join(map(str, value))
    return Markup.escape(value)


def _facts(found: Json, currency: str | None) -> Markup:
    """JSON on a line, each member as what it is by its name."""
    told = told_by(found, found.get("currency") or currency)
    return Markup("; ").join(Markup("{} {}").format(*one) for one in told)
