"""Where the application stands below another path than /, such as /bank.

A WSGI server that mounts it there says so in SCRIPT_NAME. ROOT_PATH says it for those that do not,
and for proxies, whether they take the prefix off the path that they hand on or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from pgteller import settings


def root() -> str:
    """What clients' paths begin with; nothing for /."""
    return settings.text("ROOT_PATH").rstrip("/")


def install(app: Flask) -> None:
    """Have the application stand where ROOT_PATH says; nothing to do for / or nothing."""
    if prefix := root():
        app.wsgi_app = _mounted(app.wsgi_app, prefix)  # type: ignore[assignment]


def _mounted(app: WSGIApplication, root: str) -> WSGIApplication:
    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == root or path.startswith(root + "/"):
            path = path.removeprefix(root)
        return app(environ | {"SCRIPT_NAME": root, "PATH_INFO": path}, start_response)

    return call
