"""Files as they go out: packed for whoever takes that, and never twice to whoever has them.

An address with a file's version is kept by browsers for ever; by any other they ask whether it is
still so.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Response, request

from pgteller.shell.errors import ProblemError

ASSETS = Path(__file__).parent / "assets"
VENDOR = ASSETS / "vendor"  # of others, from npm
KINDS = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Form:
    """Bytes, and what they are known by: the same in every process."""

    content: bytes
    tag: str

    @classmethod
    def of(cls, content: bytes) -> Form:
        """These."""
        return cls(content, hashlib.sha256(content).hexdigest()[:32])


@dataclass(frozen=True)
class File:
    """The same one twice, as it is and compressed."""

    plain: Form
    packed: Form
    mimetype: str

    @classmethod
    def of(cls, content: bytes, mimetype: str) -> File:
        """One of these bytes."""
        return cls(Form.of(content), Form.of(gzip.compress(content, mtime=0)), mimetype)

    @property
    def version(self) -> str:
        """What its address says as `v`, so that another file has another one."""
        return self.plain.tag[:12]

    def respond(self) -> Response:
        """It in the form that is wanted, unless whoever asks has it already."""
        packed = request.accept_encodings.quality("gzip") > 0
        form = self.packed if packed else self.plain
        response = Response(form.content, mimetype=self.mimetype)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        current = request.args.get("v") == self.version
        response.headers["Cache-Control"] = FOR_EVER if current else "no-cache"
        response.set_etag(form.tag)
        response.make_conditional(request)
        return response


class Files:
    """What a page may ask for, by name; a file is read when it is first asked for."""

    def __init__(self, *paths: Path) -> None:
        self.paths = {path.name: path for path in paths}

    def __getitem__(self, name: str) -> File:
        """One of them; there is nothing else."""
        if name not in self.paths:
            raise ProblemError("not_found")
        return _read(self.paths[name])


@cache
def _read(path: Path) -> File:
    return File.of(path.read_bytes(), KINDS[path.suffix])
