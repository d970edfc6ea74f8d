"""Templates into HTML: what they can call, and how pages go out."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, render_template, request, url_for
from markupsafe import Markup

from pgteller import __version__
from pgteller.console import (
    actions,
    asking,
    drawing,
    effects,
    files,
    finding,
    following,
    hints,
    links,
    members,
    periods,
    refusing,
    signing,
    typed,
    words,
)
from pgteller.console.kinds import Account, Metadata
from pgteller.contract import CHECKS, TYPES, Json, Value
from pgteller.shell import callers, gate
from pgteller.shell.errors import STATUS
from pgteller.shell.headers import PAGE
from pgteller.shell.shapes import is_length, is_money, is_rate, is_time

if TYPE_CHECKING:
    from pgteller.console.fields import Field
    from pgteller.console.forms import Form

HTML = "text/html"
SMALL = 1000  # bytes that are not worth to be compressed
HEADERS = {
    "Content-Security-Policy": f"{PAGE}; form-action 'self'",
    # By `no-referrer` a browser would send forms as if from nowhere: `Origin: null`.
    "Referrer-Policy": "same-origin",
}
# Columns that name something with a page of its own.
LINKED: dict[str, Callable[[Any], Markup]] = {
    **links.LINKS,
    **dict.fromkeys(("transaction_id", "refers_to", "reverses", "reversed_by"), links.transaction),
}
# Columns that limit to something where they say anything.
UNLIMITED = {"accounts"}
# On a link or a form: the page is shown anew from there, where it stands, and has that address.
IN_PLACE = Markup(
    'hx-boost="true" hx-target="#content" hx-select="#content" hx-swap="outerHTML show:none"'
)


def install(app: Flask) -> None:
    """Give templates what they write with."""
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals |= {
        "account": links.account,
        "activity": drawing.activity,
        "address": files.address,
        "all_operations": words.all_operations,
        "argument": argument,
        "cell": cell,
        "changed_columns": effects.columns,
        "changed_members": effects.replaced,
        "chart": drawing.balance,
        "checks": lambda: CHECKS,
        "choices": words.CHOICES,
        "codes": lambda: sorted(STATUS),
        "count": "{:,}".format,
        "currency_of": asking.currency_of,
        "customers": drawing.customers,
        "described": words.described,
        "duration": words.duration,
        "effect": effect,
        "event_groups": hints.event_groups,
        "foretold": effects.foretold,
        "found_at": finding.address,
        "hash": words.hash_,
        "heading": refusing.heading,
        "here": here,
        "hint": hints.hint,
        "how_often": typed.every,
        "in_place": IN_PLACE,
        "in_use": asking.in_use,
        "kinds": kinds,
        "label": words.label,
        "legs_of": effects.legs,
        "may": asking.may,
        "moment": words.moment,
        "money": money,
        "moved": moved,
        "now": words.now,
        "offered": actions.offered,
        "often": typed.OFTEN.items(),
        "operation": words.operation,
        "payment": links.payment,
        "planned": links.schedule,
        "policies_by_currency": asking.policies_by_currency,
        "postings": drawing.postings,
        "reserved": links.hold,
        "role": callers.role,
        "said": said,
        "signed_in_as": callers.name,
        "spans": periods.WORDS.items,
        "stopped": {status: said for status, (_, said) in following.STOPPED.items()},
        "summary": hints.summary,
        "token": signing.token,
        "told": told,
        "told_by": told_by,
        "told_of": told_of,
        "transaction": links.transaction,
        "units": typed.UNITS,
        "unseen": drawing.unseen,
        "version": __version__,
        "whose": whose,
        "why": refusing.why,
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


def local(path: str) -> str:
    """A path of this server; nothing leads to another one."""
    clean = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if clean else url_for("console.overview")


def came_from() -> str:
    """The page of this server that leads here, by what the browser says; no form is one."""
    referer = request.headers.get("Referer", "")
    if gate.place(referer) != request.host:
        return local("")
    found = urlsplit(referer)
    start = f"{request.script_root}/console/"
    if found.path.startswith((f"{start}do/", f"{start}sign-in")):
        return local("")
    return local(f"{found.path}?{found.query}".rstrip("?"))


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
    return money(amount, currency, signed=True) if amount else links.NOTHING


def told_by(found: Json, currency: str | None = None) -> list[tuple[str, Markup]]:
    """What the ledger says, as facts: a name, and what is under it as what it is by that name.

    An amount is in the currency that stands beside it, if one does: source_amount's is that of
    source_currency.
    """

    def written(name: str, value: object) -> Markup:
        beside = found.get(name.removesuffix("amount") + "currency")
        unit = beside if isinstance(beside, str) else currency
        return words.member(name, value, unit, asking.exponent(unit))

    return [
        (words.label(name), written(name, value))
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
    return words.refusal(problem, currency, asking.exponent(currency))


def told(refusal: Json, currency: str | None = None) -> Markup:
    """What a refusal that was noted had to say, its amounts in the currency of its account."""
    if currency is None and refusal["account_ids"]:
        currency = asking.currency_of(refusal["account_ids"][0])
    return said(refusal["detail"] | {"code": refusal["code"], "detail": ""}, currency)


def kinds(name: str, kind: str) -> str:
    """How a column of a table stands."""
    meaning = TYPES[kind].columns[name]
    numeric = meaning.schema.get("type") == "integer" and not is_time(meaning)
    return "number" if numeric else "text" if name in ("finding", "last_error") else ""


def argument(form: Form, one: Field) -> Markup:
    """What a form asks its function for, as people read it."""
    value = form.arguments[one.name]
    if isinstance(one.kind, Metadata):
        rows = members.rows(str(value))
        if rows:
            return Markup("; ").join(Markup("{}: {}").format(row.name, row.value) for row in rows)
        return Markup('<code class="json">{}</code>').format(value)
    if isinstance(one.kind, Account):
        return named(str(value))
    return _written(one.value, one.name, value, form.currency_of(one.name))


def named(account_id: str) -> Markup:
    """An account, and whose it is."""
    link, told = links.account(account_id), whose(account_id)
    return Markup('{} <small class="muted">{}</small>').format(link, told) if told else link


def whose(account_id: str) -> str:
    """The name and the currency of an account, as far as whoever asks may know them."""
    found = asking.account_of(account_id)
    if found is None:
        return ""
    name = (found["metadata"] or {}).get("name")
    return f"{name}, {found['currency']}" if isinstance(name, str) else found["currency"]


def effect(form: Form, name: str, value: Any) -> Markup:  # noqa: ANN401
    """What a form's function answers in one of its columns."""
    kind = form.action.function.returns
    assert isinstance(kind, str)
    return _written(TYPES[kind].columns[name], name, value, form.currency)


def cell(row: Json, name: str, kind: str, currency: str | None = None) -> Markup:
    """A column of a row, as what it is."""
    unit = row.get("currency") or currency
    return _written(TYPES[kind].columns[name], name, row[name], unit)


def _accounts(ids: list[str]) -> Markup:
    return Markup(", ").join(links.account(one) for one in ids)


def _badge(status: str) -> Markup:
    return Markup('<span class="badge {0}">{0}</span>').format(status)


# How values are written that only their names tell apart, and those of which the contract says
# what they are.
BY_NAME: dict[str, Callable[[Any], str]] = {
    "account_ids": _accounts,
    "operation": words.operation,
    "type": words.operation,
    "types": lambda types: ", ".join(map(words.operation, types)),
    "status": _badge,
    "every": lambda duration: typed.every(duration).capitalize(),
    "comparison": lambda word: words.CHOICES.get(word, word),
    **LINKED,
}
BY_MEANING: tuple[tuple[Callable[[Value], bool], Callable[[int], str]], ...] = (
    (is_time, words.moment),
    (is_length, words.length),
    (is_rate, words.rate),
)


def _written(
    meaning: Value,
    name: str,
    value: Any,  # noqa: ANN401
    currency: str | None,
) -> Markup:
    """A value as what it is."""
    if value is None and name in UNLIMITED:
        return Markup("all")
    if value is None or value in ([], {}):
        return links.NOTHING
    if name.endswith("account_id"):
        return links.account(value)
    if is_money(meaning) and currency:
        signed = name == "amount" and meaning.schema.get("minimum", 0) < 0
        return money(value, currency, signed) if value or not signed else links.NOTHING
    by_meaning = next((write for fits, write in BY_MEANING if fits(meaning)), None)
    if write := BY_NAME.get(name, by_meaning):
        return Markup.escape(write(value))
    return _plain(value, currency)


def _plain(value: Any, currency: str | None) -> Markup:  # noqa: ANN401
    """A value of which nothing is known but its type."""
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
