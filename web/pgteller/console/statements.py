"""A statement as a file, from the page of its account."""

from __future__ import annotations

from flask import Response, current_app, request
from werkzeug.datastructures import MultiDict

from pgteller.console import periods
from pgteller.shell import parsing
from pgteller.shell.errors import ProblemError
from pgteller.shell.routes import Route
from pgteller.statements import FORMS

KINDS = {form.extension: form for form in FORMS.values()}


def respond() -> Response:
    """The route's answer, in the form that is asked for by the end of a file's name."""
    route: Route = current_app.extensions["routes"]["get_statement"]
    texts = MultiDict((name, value) for name, value in request.args.items(multi=True) if value)
    kind = KINDS.get(texts.pop("kind", ""))
    if kind is None:
        raise ProblemError("invalid_request", f"`kind` must be one of {', '.join(KINDS)}.")
    account_id = texts.pop("account_id", "")
    for name, moment in periods.days(texts).items():
        texts[name] = str(moment)
    for name in periods.DAYS:
        texts.pop(name, None)
    given = parsing.parameters(texts, route.query, route.json_in_query)
    since, until = given.get("since"), given.get("until")
    if isinstance(since, int) and isinstance(until, int) and since >= until:
        raise ProblemError("invalid_request", "The first day is after the last.", field="last_day")
    in_form = {name: given.pop(name) for name in route.in_forms if name in given}
    return kind.respond(route.answer({"account_id": account_id} | given), in_form)
