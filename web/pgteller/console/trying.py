"""A full bank to look at, in a ledger of its own: asked of `pgteller run`, which may make one."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from pgteller.console import rendering, signing
from pgteller.console.forms import CHANGED
from pgteller.demo import ask
from pgteller.shell.errors import ProblemError


def show() -> Response:
    """How far it is; and how else it is had, where there is nobody to ask."""
    page = rendering.render(
        "try.html", title="Try it", available=ask.available(), demo=ask.progress()
    )
    return rendering.respond(page)


def begin() -> AnyResponse:
    """Have it made."""
    signing.require_own()
    if not ask.available():
        raise ProblemError("not_found")
    ask.start()
    return rendering.away(url_for("console.try_it"), CHANGED)
