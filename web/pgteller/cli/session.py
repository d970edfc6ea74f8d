"""The way to the bank for commands that call its functions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import Flask

from pgteller.embedded.database import login
from pgteller.shell import create_app


@contextlib.contextmanager
def shell() -> Iterator[Flask]:
    """An application whose functions may be called while the block runs."""
    with contextlib.ExitStack() as stack:
        app = create_app(stack.enter_context(login()))
        stack.callback(app.extensions["pool"].close)
        stack.enter_context(app.app_context())
        yield app
