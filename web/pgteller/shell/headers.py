"""Headers that every response carries."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask, Response, g

from pgteller.shell import gate

Headers = list[tuple[str, str]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A name that is asked for over TLS at its own port is that of this server alone, and is to be asked
# for so from now on; at another port it is others' too, who may speak none.
TLS_ALONE = ("Strict-Transport-Security", "max-age=2592000")
# The policy of a page that is made of the server's own files; where its forms go, it adds.
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def install(app: Flask) -> None:
    """Add them last, where a view has not set its own.

    That is done where headers are but a list: werkzeug takes 40 us to look for as many in vain.
    """
    app.after_request(_tell)
    inner = app.wsgi_app

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        secure = environ["wsgi.url_scheme"] == "https" and _owns_name(environ)

        def start(
            status: str,
            headers: Headers,
            exc_info: ExcInfo | None = None,
        ) -> Any:  # noqa: ANN401, what the server has it be
            given = {name for name, _ in headers}
            added = [item for item in SECURITY.items() if item[0] not in given]
            if secure:
                added.append(TLS_ALONE)
            return start_response(status, headers + added, exc_info)

        return inner(environ, start)

    app.wsgi_app = call  # type: ignore[method-assign]


def _owns_name(environ: WSGIEnvironment) -> bool:
    """Whether it is asked for by a name without a port, which is not this machine's for itself."""
    host = environ.get("HTTP_HOST", "")
    return bool(host) and ":" not in host and host not in gate.LOCAL


def _tell(response: Response) -> Response:
    if g.get("replayed"):
        response.headers["Idempotent-Replayed"] = "true"
    return response
