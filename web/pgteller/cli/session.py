"""The way to the bank for commands that call its functions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import Flask

from pgteller import settings
from pgteller.embedded.server import SHELL_LOGIN, development_server
from pgteller.shell import create_app


@contextlib.contextmanager
def shell() -> Iterator[Flask]:
    """An application whose functions may be called while the block runs."""
    with contextlib.ExitStack() as stack:
        app = create_app(stack.enter_context(login()))
        stack.callback(app.extensions["pool"].close)
        stack.enter_context(app.app_context())
        yield app


@contextlib.contextmanager
def login() -> Iterator[str]:
    """What DATABASE_URL says, else the embedded server's, which runs while the block does."""
    if url := settings.address("DATABASE_URL"):
        yield url
        return
    server = development_server()
    if not server.data_dir.exists():
        settings.end("Set DATABASE_URL, or make a bank here with `pgteller run`.")
    with server.in_use():
        yield server.url(user=SHELL_LOGIN)
