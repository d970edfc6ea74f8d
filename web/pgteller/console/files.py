"""What pages are made of besides HTML: this package's own files, and those of others from npm.

A file's address has a part of its hash, so that a browser asks for it once and for ever.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, request, url_for

from pgteller.shell.errors import ProblemError

OWN = Path(__file__).parent / "static"
SHARED = Path(__file__).parents[1] / "shell" / "assets"  # with the documentation
FOLDERS = (OWN, SHARED, SHARED / "vendor")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class File:
    """Bytes, and what they are known by."""

    content: bytes
    packed: bytes
    mimetype: str
    version: str


@cache
def _files() -> dict[str, File]:
    """All of them, by name."""
    found = {}
    for folder in FOLDERS:
        for path in sorted(folder.iterdir()):
            if path.suffix in KINDS:
                content = path.read_bytes()
                version = hashlib.sha256(content).hexdigest()[:12]
                packed = gzip.compress(content, mtime=0)
                found[path.name] = File(content, packed, KINDS[path.suffix], version)
    return found


def address(name: str) -> str:
    """Where a page finds it."""
    return url_for("console.file", name=name, v=_files()[name].version)


def respond(name: str) -> Response:
    """Answer a request for one."""
    found = _files().get(name)
    if found is None:
        raise ProblemError("not_found")
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(found.packed if packed else found.content, mimetype=found.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    current = request.args.get("v") == found.version
    response.headers["Cache-Control"] = FOR_EVER if current else "no-cache"
    return response
