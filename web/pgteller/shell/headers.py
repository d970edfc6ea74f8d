"""Headers that every response carries."""

from __future__ import annotations

from flask import Flask, Response, g

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(app: Flask) -> None:
    """Add them last, where a view has not set its own."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if g.get("replayed"):
        response.headers["Idempotent-Replayed"] = "true"
    return response
