"""What the environment says: each value is read here, so that one of no use is met in one way.

It ends the process with a line that says what is wrong, and exit status 2, as a wrong option does.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection
from typing import NoReturn

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pgteller.names import DEFAULT as BANK
from pgteller.names import Names, UnfitNameError

_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def text(name: str, default: str) -> str:
    """A variable's value; one that is empty counts as missing."""
    return os.environ.get(name) or default


def whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = text(name, str(default))
    if not (_WHOLE.fullmatch(value) and least <= int(value) <= most):
        refuse(name, f"a whole number of {least} to {most}")
    return int(value)


def decimal(name: str, default: float, least: float, most: float) -> float:
    """A number within bounds, of seconds for example."""
    value = text(name, str(default))
    if not (_DECIMAL.fullmatch(value) and least <= float(value) <= most):
        refuse(name, f"a number of {least:g} to {most:g}")
    return float(value)


def one_of(name: str, default: str, choices: Collection[str]) -> str:
    """One of some words, in capitals or not."""
    value = text(name, default).upper()
    if value not in choices:
        refuse(name, f"one of {', '.join(choices)}")
    return value


def database_url() -> str:
    """The login of this process."""
    return address("DATABASE_URL") or end(
        "Set DATABASE_URL. For the bank that `make run` keeps:\n"
        "  export DATABASE_URL=$(pgteller embedded url)"
    )


def address(name: str) -> str:
    """Of a database, in any form that libpq takes; empty where there is none."""
    url = text(name, "")
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # What libpq says of it may quote it, and with it a password.
        end(
            f"{name} is neither a URL such as postgresql://user@host/database, with %XX for what "
            "is special in one, nor a line such as host=... dbname=..."
        )
    return url


def names() -> Names:
    """Of the ledger that is meant, by PGTELLER_SCHEMA, where a database has several."""
    try:
        return Names(text("PGTELLER_SCHEMA", BANK))
    except UnfitNameError as problem:
        end(f"PGTELLER_SCHEMA: {problem}")


def refuse(name: str, expected: str) -> NoReturn:
    """End the process, for the variable is not what it must be."""
    end(f'{name} must be {expected}, not "{os.environ.get(name, "")}".')


def end(message: str) -> NoReturn:
    """End the process, which cannot do anything as things are set."""
    print(message, file=sys.stderr)
    raise SystemExit(2)
