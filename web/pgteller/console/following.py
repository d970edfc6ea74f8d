"""What parts of a page are asked with that follows from what the page is about."""

from __future__ import annotations

from typing import Any

from pgteller.console import drawing
from pgteller.shell.db import Arguments

# By which operation an account has come to be as it is, and what that is for it.
STOPPED = {
    "frozen": (
        "freeze_account",
        "Frozen: nothing can be taken from it but what is reserved; it still gets money.",
    ),
    "blocked": (
        "block_account",
        "Blocked: nothing can be taken from it, and it gets no money but cashback promised before.",
    ),
    "closed": ("close_account", "Closed for ever: it neither gives nor gets money."),
}


def around(arguments: Arguments, transaction: Any) -> Arguments:  # noqa: ANN401
    """The entries of one of a transaction's accounts: the one before it, and those after that."""
    sides = drawing.customers(transaction["legs"])
    found = [one for one in sides if one["account_id"] == arguments.get("account_id")] or sides
    return {"account_id": found[0]["account_id"], "after": max(0, found[0]["version"] - 2)}


def of_the_payment(_: Arguments, payment: Any) -> Arguments:  # noqa: ANN401
    """The transaction of a payment."""
    return {"transaction_id": payment["transaction_id"]}


def stopped(_: Arguments, account: Any) -> Arguments:  # noqa: ANN401
    """The entry that an account was frozen, blocked or closed by."""
    operation, _said = STOPPED[account["status"]]
    return {"account_id": account["account_id"], "operation": operation}
