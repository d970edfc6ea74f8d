"""Who asks, as the rest of the shell speaks of it."""

from __future__ import annotations

from flask import current_app, g

from pgteller.sending import NAME, Caller

ROLES = ("teller", "operator", "auditor")  # that a key may have


def name() -> str | None:
    """The name of the API key or token; nobody's where there are none."""
    caller: Caller | None = g.get("caller")
    return dict(caller.identity).get(NAME) if caller else None


def role() -> str | None:
    """That of the key or token; None where there are none, and the login of the server counts."""
    caller: Caller | None = g.get("caller")
    taken = dict(caller.identity).get("role") if caller else None
    names = current_app.extensions["pool"].names
    return next((one for one in ROLES if names.role(one) == taken), None)
