"""The HTTP shell: it turns a request into one call of a function of schema bank, and back."""

from __future__ import annotations

from flask import Flask

from pgteller import settings

MAX_BODY = 1024 * 1024


def create_app(database_url: str | None = None) -> Flask:
    """The application; its connections are opened when requests need them."""
    # Imported here, for what makes the contract that they read has to read settings before.
    from pgteller import logs  # noqa: PLC0415
    from pgteller.pool import Pool  # noqa: PLC0415
    from pgteller.shell import docs, errors, headers, mounting, routes  # noqa: PLC0415

    logs.configure()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["pool"] = Pool(
        database_url or settings.database_url(),
        size=settings.whole("POOL_SIZE", 8, 1, 10_000),
        patience=settings.decimal("POOL_TIMEOUT", 5, 0, 3600),
        names=settings.names(),
    )
    routes.install(app)
    docs.install(app)
    errors.install(app)
    headers.install(app)
    logs.install(app)
    mounting.install(app)
    return app
