"""Whether the bank is open."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

import web
from web import db
from web.db import Arguments
from web.fields import Answer
from web.routes import Route


class Health(Answer):
    """Everything is in reach."""

    status: Literal["ok"]
    version: Annotated[str, Meta(description="Of this server.", examples=["0.1.0"])]
    postgresql: Annotated[str, Meta(description="Of the database.", examples=["18.6"])]


class Life(Answer):
    """The server runs."""

    status: Literal["ok"]


@Route("GET", "/livez", answer=Life)
def get_life(_: Arguments) -> bytes:
    """Tell that the server runs, whatever the database does."""
    return b'{"status":"ok"}'


@Route("GET", "/health", answer=Health)
def get_health(_: Arguments) -> bytes:
    """Tell whether the server can reach the bank."""
    return db.health(web.__version__)
