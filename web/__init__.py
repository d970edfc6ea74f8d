"""The HTTP shell: it turns a request into one call of a function of schema bank, and back."""

from __future__ import annotations

import os

from flask import Flask

from web import commands, docs, errors, headers, logs, mounting, routes, worker
from web.pool import Pool

__version__ = "0.1.0"

MAX_BODY = 1024 * 1024


def create_app(database_url: str | None = None) -> Flask:
    """The application; its connections are opened when requests need them."""
    logs.configure()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["pool"] = Pool(
        database_url or os.environ["DATABASE_URL"],
        size=int(os.environ.get("POOL_SIZE", "8")),
        patience=float(os.environ.get("POOL_TIMEOUT", "5")),
    )
    routes.install(app)
    docs.install(app)
    commands.install(app)
    worker.install(app)
    errors.install(app)
    headers.install(app)
    logs.install(app)
    mounting.install(app, os.environ.get("ROOT_PATH", ""))
    return app
