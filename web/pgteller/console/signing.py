"""Who looks at pages: a browser that has signed in with an API key, where keys are on.

The browser has a cookie with a secret of its own, the database the session that it stands for: when
that ends, and with which key it began.  A form has, besides, a token made of that secret, which
no foreign page can know, and is taken from a page of this server alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from pgteller.shell import db, gate, identity
from pgteller.shell.errors import ODD, ProblemError

FIELD = "form_token"

_PORT = re.compile(r":([0-9]{1,5})\Z")


def name() -> str:
    """Of the cookie: there may be several servers on a host, at whose ports browsers do not look.

    So the port is in the name. By its prefix a browser takes it from this host alone, and not from
    one that poses as it.
    """
    prefix = "__Host-" if _is_secure() and not request.script_root else ""
    schema = current_app.extensions["pool"].names.schema
    port = _PORT.search(request.host)
    return f"{prefix}pgteller_{schema}{f'_{port[1]}' if port else ''}"


def secret() -> str | None:
    """That of this browser; none where somebody has slipped it another beside its own."""
    if request.headers.get("Cookie") == ODD:
        raise ProblemError("invalid_request", "Remove this host's cookies: one is not ASCII.")
    found = request.cookies.getlist(name())
    return found[0] if len(found) == 1 else None


def recognize(seconds: float) -> None:
    """Say who asks, as far as anybody does; it may take so many seconds, if others may not."""
    app = current_app
    found = secret()
    if app.extensions["keyed"]:
        if found is None or not found.startswith(identity.SESSION):
            raise ProblemError("unauthenticated")
        app.extensions["recognize"](seconds, found)
    else:
        if found is None:
            g.new_secret = found = identity.SESSION + secrets.token_urlsafe(32)
        app.extensions["recognize"](seconds)
    g.token = _token(found)


def token() -> str:
    """What each form has to bring along."""
    return str(g.get("token", ""))


def require_own_page() -> None:
    """Refuse what is not sent by a page of this server's."""
    origin = request.headers.get("Origin", "")
    same = gate.place(origin) == request.headers.get("Host")
    if not same or (request.is_secure and not origin.startswith("https:")):
        raise ProblemError("foreign_origin")


def require_own() -> None:
    """Refuse what is not sent by a form of this server's, in the browser that got it."""
    require_own_page()
    if not hmac.compare_digest(request.form.get(FIELD, "").encode(), token().encode()):
        raise ProblemError("invalid_request", "The form is of another session: load it again.")


def begin(key: str) -> None:
    """Open a session for whoever has this key."""
    if not current_app.extensions["keyed"]:
        raise ProblemError("not_found")
    current_app.extensions["nobody"](0.0)
    made = identity.SESSION + secrets.token_urlsafe(32)
    given: db.Arguments = {
        "secret_sha256": identity.sha256(key),
        "session_sha256": identity.sha256(made),
    }
    db.row("begin_session", given)
    end()  # that of this browser till now, if there is one
    g.new_secret = made


def end() -> None:
    """Have the session end."""
    found = secret()
    if current_app.extensions["keyed"] and found is not None:
        db.row("end_session", {"session_sha256": identity.sha256(found)})
        current_app.extensions["known"].forget(found)
    g.new_secret = ""


def keep(response: Response) -> Response:
    """Give the browser its secret, where it has a new one; take it away where it has signed out."""
    if (made := g.get("new_secret")) is not None:
        response.set_cookie(
            name(),
            made,
            max_age=None if made else 0,
            path=request.script_root or "/",
            httponly=True,
            samesite="Strict",
            secure=_is_secure(),
        )
    return response


def _is_secure() -> bool:
    """Whether the cookie needs TLS: but on its own machine a browser trusts the way to here."""
    host = urlsplit(f"//{request.host}").hostname or ""
    return request.is_secure or host not in ("localhost", "127.0.0.1", "::1")


def _token(found: str) -> str:
    return hashlib.sha256(b"form " + found.encode()).hexdigest()
