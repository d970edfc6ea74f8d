"""Links to what has a page of its own, by its id."""

from __future__ import annotations

import re

from flask import url_for
from markupsafe import Markup

from pgteller.console.asking import may

NOTHING = Markup('<span class="nothing" aria-label="none">\N{EN DASH}</span>')
LEDGER = "@ledger"  # whose entries tell of what belongs to no account: keys, webhooks, policies
HOUSE = re.compile("@[a-z][a-z0-9_]{0,62}")
SUMS = {"@customers", "@transit"}  # which have no entries of their own


def account(account_id: str | None) -> Markup:
    """A link to an account, a customer's or the house's."""
    if account_id is None:
        return NOTHING
    if account_id == LEDGER:
        where, text, kind = url_for("console.account", account_id=LEDGER), "the ledger", "account"
    elif not account_id.startswith("@"):
        where, text, kind = url_for("console.account", account_id=account_id), account_id, "account"
    elif found := house(account_id):
        where, text, kind = found, account_id, "house"
    else:
        return Markup('<span class="house">{}</span>').format(account_id)
    return Markup('<a class="{}" href="{}">{}</a>').format(kind, where, text)


def house(account_id: str) -> str | None:
    """Where the entries of a house account are, for those who may see them."""
    if not HOUSE.fullmatch(account_id) or account_id in (LEDGER, *SUMS):
        return None
    if not may("list_house_entries"):
        return None
    return url_for("console.house", house_account_id=account_id)


def payment(payment_id: str | None) -> Markup:
    """A link to a payment."""
    if payment_id is None:
        return NOTHING
    where = url_for("console.payment", payment_id=payment_id)
    return Markup('<a href="{}">{}</a>').format(where, payment_id)


def hold(hold_id: str | None) -> Markup:
    """A link to a hold."""
    if hold_id is None:
        return NOTHING
    where = url_for("console.hold", hold_id=hold_id)
    return Markup('<a href="{}">{}</a>').format(where, hold_id)


def schedule(schedule_id: str | None) -> Markup:
    """A link to a scheduled transfer."""
    if schedule_id is None:
        return NOTHING
    where = url_for("console.schedule", schedule_id=schedule_id)
    return Markup('<a href="{}">{}</a>').format(where, schedule_id)


def transaction(transaction_id: int | None) -> Markup:
    """A link to a transaction."""
    if transaction_id is None:
        return NOTHING
    where = url_for("console.transaction", transaction_id=transaction_id)
    return Markup('<a class="transaction" href="{}">{}</a>').format(where, transaction_id)


# What a text is a link to, by its name.
LINKS = {
    "payment_id": payment,
    "payment_ref": payment,
    "hold_id": hold,
    "schedule_id": schedule,
}
