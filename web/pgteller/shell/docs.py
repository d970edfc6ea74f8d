"""The documentation: Swagger UI from the flask-swagger-ui package, asking nothing of others."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

import pgteller
from pgteller.shell import openapi
from pgteller.shell.errors import ProblemError
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES

OWN = Path(__file__).parent / "assets"
FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "docs.html": "text/html",
    "mark.svg": "image/svg+xml",
}
# Swagger UI lives with this, styles that it sets by script included: docs.css has none of the
# images that its style sheet holds as data: URLs be shown.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

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
    if name not in FILES:
        raise ProblemError("not_found")
    response = _answer(_file(name), FILES[name])
    response.headers["Content-Security-Policy"] = POLICY
    return response


@pages.get("/openapi.json")
def document() -> Response:
    """The OpenAPI document."""
    return _answer(_document(quote(request.script_root)), "application/json")


def _answer(made: Document, mimetype: str) -> Response:
    """It in the form that is wanted, which whoever has it already is not sent again."""
    packed = request.accept_encodings.quality("gzip") > 0
    found = made.packed if packed else made.plain
    response = Response(found.content, mimetype=mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(found.tag)
    response.headers["Cache-Control"] = "no-cache"  # but ask whether it is still so
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    return response


@dataclass(frozen=True)
class Form:
    """Bytes, and what they are known by."""

    content: bytes
    tag: str

    @classmethod
    def of(cls, content: bytes) -> Form:
        """The same tag in every process, for the same bytes."""
        return cls(content, hashlib.sha256(content).hexdigest()[:32])


@dataclass(frozen=True)
class Document:
    """The same one twice."""

    plain: Form
    packed: Form

    @classmethod
    def of(cls, content: bytes) -> Document:
        """As it is, and compressed."""
        return cls(Form.of(content), Form.of(gzip.compress(content, mtime=0)))


@cache
def _file(name: str) -> Document:
    """One of this package, or of Swagger UI, which is found without being imported."""
    if (OWN / name).exists():
        return Document.of((OWN / name).read_bytes())
    spec = importlib.util.find_spec("flask_swagger_ui")
    assert spec is not None and spec.origin is not None
    return Document.of((Path(spec.origin).parent / "dist" / name).read_bytes())


@lru_cache(maxsize=8)
def _document(root: str) -> Document:
    """As it is for an application that is mounted there; made once, for it is large."""
    document = openapi.document(ROUTES, PROBES, pgteller.__version__, root)
    return Document.of(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
