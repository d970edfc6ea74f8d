"""Addresses that hold a password: which are read as they were meant, and what may be told of them.

A password with an @, a / or the like in it, not written as %XX, ends where its writer did not mean
it to: the rest is taken for a host, and would be told as one. So such an address is none at all.
"""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

_DATABASE = re.compile(r"postgres(?:ql)?://(?P<login>[^@/]*@)?(?P<rest>[^?]*)(?:\?.*)?", re.DOTALL)
_PORTS = re.compile(r"[0-9]*(,[0-9]*)*")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/?#\s]*@)?[^@\s]*", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")


def is_database(value: str) -> bool:
    """Whether libpq takes it, and takes no part of a password for something else."""
    try:
        parts = conninfo_to_dict(value)
    except psycopg.ProgrammingError:
        return False
    if not _PORTS.fullmatch(str(parts.get("port") or "")):
        return False
    url = _DATABASE.fullmatch(value)
    return url is None or "@" not in url["rest"]


def is_url(value: str) -> bool:
    """Whether all that stands before an @ stands where a login does."""
    return _URL.fullmatch(value) is not None


def without_login(value: str) -> str:
    """It, or what is in it of URLs, without user and password."""
    return _LOGIN.sub("", value)
