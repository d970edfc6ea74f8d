"""What the environment says: each value is read here, so that one of no use is met in one way.

`settings_table` says which there are. One of no use ends the process with a line that says what is
wrong, and exit status 2, as a wrong option does.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from pgteller.addresses import without_login
from pgteller.names import Names, UnfitNameError
from pgteller.settings_table import SECONDS_OF, TABLE, Setting, UnfitError


def given(name: str) -> str:
    """What was set in the environment; nothing counts as missing."""
    return os.environ.get(TABLE[name].name, "")


def text(name: str) -> str:
    """A setting's value."""
    return _read(name, "text")


def whole(name: str) -> int:
    """One that is a whole number."""
    return int(_read(name, "whole"))


def decimal(name: str) -> float:
    """One that is a number."""
    return float(_read(name, "decimal"))


def duration(name: str) -> float:
    """One that is a time such as 15m, in seconds."""
    value = _read(name, "duration")
    return float(value[:-1]) * SECONDS_OF[value[-1]] if value != "0" else 0.0


def one_of(name: str) -> str:
    """One that is one of some words, in capitals."""
    return _read(name, "one_of").upper()


def words(name: str) -> frozenset[str]:
    """One that is several words."""
    return frozenset(_read(name, "words").split())


def problem(setting: Setting) -> str:
    """What is wrong with what was set, for people; nothing if all is well."""
    value = given(setting.name)
    if not value:  # so that the default counts, which fits
        return ""
    try:
        setting.kind.check(value)
    except UnfitError as expected:
        found = "" if setting.kind.secret else f', not "{without_login(value)}"'
        return f"{setting.name} must be {expected}{found}."
    return ""


def _read(name: str, reader: str) -> str:
    """Its value, if that is of the kind that the table says it is."""
    setting = TABLE[name]
    if setting.kind.reader != reader:
        raise TypeError(f"{name} is read by settings.{setting.kind.reader}.")
    if wrong := problem(setting):
        end(wrong)
    return given(name) or setting.default


def database_url() -> str:
    """The login of this process."""
    return address("DATABASE_URL") or end(
        "Set DATABASE_URL: web server and worker bring no database of their own, as `pgteller run` "
        "does. For the embedded one, once `pgteller embedded start` has it running:\n"
        "  export DATABASE_URL=$(pgteller embedded url)"
    )


def address(name: str) -> str:
    """Of a database; empty where there is none."""
    return _read(name, "address")


def keyed() -> bool:
    """Whether whoever calls the web server needs a key, as AUTH says."""
    return one_of("AUTH") == "KEYS"


def names() -> Names:
    """Of the ledger that is meant, by PGTELLER_SCHEMA, where a database has several."""
    try:
        return Names(text("PGTELLER_SCHEMA"))
    except UnfitNameError as problem:
        end(f"PGTELLER_SCHEMA: {problem}")


def end(message: str) -> NoReturn:
    """End the process, which cannot do anything as things are set."""
    print(message, file=sys.stderr)
    raise SystemExit(2)
