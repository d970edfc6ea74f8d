"""The HTTP shell: it turns a request into one call of a function of schema bank, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from pgteller import settings

MAX_BODY = 1024 * 1024


class Shell(Flask):
    """Flask, without its question before each call whether what it calls is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None is."""
        return func


def create_app(database_url: str | None = None) -> Flask:
    """The application; its connections are opened when requests need them."""
    # Imported here, for what makes the contract that they read has to read settings before.
    from pgteller import console, logs  # noqa: PLC0415
    from pgteller.pool import Pool  # noqa: PLC0415
    from pgteller.shell import (  # noqa: PLC0415
        docs,
        draining,
        errors,
        gate,
        headers,
        mounting,
        routes,
        scraping,
        seen,
        tracing,
    )

    logs.configure()
    app = Shell(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["pool"] = Pool(
        database_url or settings.database_url(),
        size=settings.whole("POOL_SIZE"),
        patience=settings.decimal("POOL_TIMEOUT"),
        names=settings.names(),
    )
    seen.install(app)  # before all others, as it begins before them and ends after them
    tracing.install(app)
    gate.install(app)
    routes.install(app)
    scraping.install(app)
    docs.install(app)
    console.install(app)
    errors.install(app)
    headers.install(app)
    draining.install(app)
    mounting.install(app)
    return app
