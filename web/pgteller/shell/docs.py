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

from flask import Blueprint, Flask, Response, redirect, request, send_from_directory, url_for
from werkzeug.wrappers import Response as AnyResponse

import pgteller
from pgteller.shell import openapi
from pgteller.shell.probes import PROBES
from pgteller.shell.routes import ROUTES

OWN = Path(__file__).parent / "assets"
SWAGGER_UI = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'"
)

pages = Blueprint("docs", __name__)


def install(app: Flask) -> None:
    """Add the pages; they are not part of the API that they describe."""
    app.register_blueprint(pages)


@pages.get("/")
def home() -> AnyResponse:
    """Whoever comes with a browser wants to read."""
    return redirect(url_for("docs.read"))


@pages.get("/docs")
def read() -> Response:
    """The page."""
    return _asset(OWN, "docs.html")


@pages.get("/docs/<name>")
def asset(name: str) -> Response:
    """What the page is made of; anything else is a 404 of send_from_directory."""
    return _asset(_swagger_ui() if name in SWAGGER_UI else OWN, name)


@pages.get("/openapi.json")
def document() -> Response:
    """The OpenAPI document, which whoever has it already is not sent again."""
    made = _document(quote(request.script_root))
    packed = request.accept_encodings.quality("gzip") > 0
    found = made.packed if packed else made.plain
    response = Response(found.content, content_type="application/json")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(found.tag)
    response.headers["Cache-Control"] = "no-cache"  # but ask whether it is still so
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    return response


def _asset(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _swagger_ui() -> Path:
    """The package's folder, found without importing the package."""
    spec = importlib.util.find_spec("flask_swagger_ui")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "dist"


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


@lru_cache(maxsize=8)
def _document(root: str) -> Document:
    """As it is for an application that is mounted there; made once, for it is large."""
    document = openapi.document(ROUTES, PROBES, pgteller.__version__, root)
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Document(Form.of(content), Form.of(gzip.compress(content, mtime=0)))
