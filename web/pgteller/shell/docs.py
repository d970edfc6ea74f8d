"""The documentation: Swagger UI from the flask-swagger-ui package, asking nothing of others."""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

import pgteller
from pgteller.shell import openapi
from pgteller.shell.files import ASSETS, File, Files
from pgteller.shell.headers import PAGE
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES

# Found without being imported, which would cost time and tell nothing.
_package = importlib.util.find_spec("flask_swagger_ui")
assert _package is not None and _package.origin is not None
SWAGGER_UI = Path(_package.origin).parent / "dist"
FILES = Files(
    *(ASSETS / name for name in ("docs.html", "docs.css", "docs.js", "base.css", "mark.svg")),
    *(SWAGGER_UI / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")),
)
# Swagger UI lives with this, styles that it sets by script included: docs.css has none of the
# images that its style sheet holds as data: URLs be shown.
POLICY = f"{PAGE}; form-action 'none'"

pages = Blueprint("docs", __name__)


def install(app: Flask) -> None:
    """Add the pages; they are not part of the API that they describe."""
    app.register_blueprint(pages)


@pages.get("/docs")
def read() -> Response:
    """The page."""
    return asset("docs.html")


@pages.get("/docs/")
def beside() -> AnyResponse:
    """Whoever has written a slash too many, by which addresses on the page would be others."""
    return redirect(url_for("docs.read"), 308)


@pages.get("/docs/<name>")
def asset(name: str) -> Response:
    """What the page is made of."""
    response = FILES[name].respond()
    response.headers["Content-Security-Policy"] = POLICY
    return response


@pages.get("/openapi.json")
def document() -> Response:
    """The OpenAPI document."""
    return _document(quote(request.script_root)).respond()


@lru_cache(maxsize=8)
def _document(root: str) -> File:
    """As it is for an application that is mounted there; made once, for it is large."""
    document = openapi.document(ROUTES, PROBES, pgteller.__version__, root)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return File.of(text.encode(), "application/json")
