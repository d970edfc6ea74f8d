"""A statement as a file, from the page of its account."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, current_app, request
from werkzeug.datastructures import MultiDict

from pgteller.console import typed
from pgteller.shell import parsing
from pgteller.shell.errors import ProblemError
from pgteller.shell.routes import Route
from pgteller.statements import FORMS

KINDS = {form.extension: form for form in FORMS.values()}
# Days of the calendar of a zone, and the moment of the period that each stands for.
DAYS = {"first_day": ("since", 0), "last_day": ("until", 1)}


def respond() -> Response:
    """The route's answer, in the form that is asked for by the end of a file's name."""
    route: Route = current_app.extensions["routes"]["get_statement"]
    texts = MultiDict((name, value) for name, value in request.args.items(multi=True) if value)
    kind = KINDS.get(texts.pop("kind", ""))
    if kind is None:
        raise ProblemError("invalid_request", f"`kind` must be one of {', '.join(KINDS)}.")
    account_id = texts.pop("account_id", "")
    zone = typed.zone(texts.get("time_zone", ""))
    for name, (moment, later) in DAYS.items():
        if name in texts:
            day = _day(texts.pop(name), later, name)
            texts[moment] = str(typed.milliseconds(day.isoformat(), zone, name))
    given = parsing.parameters(texts, route.query, route.json_in_query)
    in_form = {name: given.pop(name) for name in route.in_forms if name in given}
    return kind.respond(route.answer({"account_id": account_id} | given), in_form)


def _day(text: str, later: int, name: str) -> date:
    """That day, or so many later."""
    try:
        return date.fromisoformat(text) + timedelta(days=later)
    except (ValueError, OverflowError):
        detail = "Write the day as in 2026-12-31."
        raise ProblemError("invalid_request", detail, field=name) from None
