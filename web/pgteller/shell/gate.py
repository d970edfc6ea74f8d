"""Which requests come in at all, before anybody asks who sends them.

A web server without keys is for this machine alone: it answers who asks from here, by a name that
means here, so that no page that a browser shows can reach it by a name of its own.  And a page of a
foreign origin gets nothing done.  That it could send a form without saying where it is from helps
it as little: whatever changes anything takes a media type that a form cannot have (`parsing`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, request
from flask_cors import CORS

from pgteller import settings
from pgteller.settings_table import HOST
from pgteller.shell import probes
from pgteller.shell.errors import REFUSED, ProblemError

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
ELSEWHERE = ("cross-site", "same-site")
PROBED = frozenset(probe.name for probe in probes.PROBES)
# What a browser lets a page of another origin send and read.
SENT = ["Authorization", "Content-Type", "Idempotency-Key", "Prefer", "X-Request-ID"]
READ = ["Answered-By", "Idempotent-Replayed", "Location", "Retry-After", "X-Request-ID"]

_HOST = re.compile(rf"{HOST}(?::[0-9]{{1,5}})?", re.IGNORECASE)


def install(app: Flask) -> None:
    """Look at every request."""
    keyed = settings.keyed()
    allowed = frozenset(name.lower() for name in settings.words("ALLOWED_HOSTS"))
    foreign = settings.words("CORS_ORIGINS")
    names = (allowed or None) if keyed else LOCAL | allowed

    def look() -> None:
        environ = request.environ
        if REFUSED in environ:
            raise ProblemError(environ[REFUSED])
        if not keyed and not is_here(environ.get("REMOTE_ADDR", "")):
            raise ProblemError("keys_needed")
        host = environ.get("HTTP_HOST", "")
        # HTTP/1.0 may have none, and who only wants to know whether we live may not know our name.
        nameless = not host and environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
        probed = keyed and request.endpoint in PROBED
        if names is not None and not nameless and not probed and _name(host) not in names:
            raise ProblemError("unknown_host")
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin not in foreign and place(origin) != host:
            raise ProblemError("foreign_origin")
        # What a browser loads for somebody else's page, which gets no answer but costs us one.
        elsewhere = origin is None and environ.get("HTTP_SEC_FETCH_SITE") in ELSEWHERE
        if elsewhere and environ.get("HTTP_SEC_FETCH_MODE") != "navigate":
            raise ProblemError("foreign_origin")

    app.before_request(look)
    if foreign:
        # As patterns, since it takes some of them for such, those of IPv6 addresses for instance.
        origins = [re.compile(rf"{re.escape(origin)}\Z") for origin in sorted(foreign)]
        CORS(app, origins=origins, allow_headers=SENT, expose_headers=READ, max_age=600)


@lru_cache(maxsize=1024)
def is_here(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return address == "localhost"
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def place(origin: str) -> str | None:
    """Host and port of an origin; None where it has none."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def _name(host: str) -> str:
    """Of a Host header, without the port; empty where it is none."""
    found = _HOST.fullmatch(host)
    return found[1].lower() if found else ""
