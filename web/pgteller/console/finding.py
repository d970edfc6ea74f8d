"""What is found for the box at the top of each page: where it is, and when to go there at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from pgteller.console import links
from pgteller.shell.db import Arguments

# What has a page of its own, which is asked for by its id; what else is there is a part of the page
# of its account.
PAGES = {"transaction", "payment", "hold", "schedule"}
PARTS = {"monitor": "monitors"}


def address(thing: Any) -> str:  # noqa: ANN401, it is JSON
    """Where a thing is shown that was found by its id."""
    kind = thing["kind"]
    if kind in PAGES:
        return url_for(f"console.{kind}", **{f"{kind}_id": thing["id"]})
    return url_for("console.account", account_id=thing["account_id"], _anchor=PARTS.get(kind))


def only(arguments: Arguments, tell: Callable[[str], Any]) -> str | None:
    """Where the one thing is that is called so: an account, or what no words are found for.

    `tell`: what a part of the page is to show.
    """
    if "search" not in arguments:
        return url_for("console.accounts")
    if house := links.house(str(arguments["search"]).strip()):
        return house
    things = tell("things")["found"]
    if len(things) != 1:
        return None
    [thing] = things
    others = thing["kind"] != "account" and tell("matching")["accounts"]
    return None if others else address(thing)
