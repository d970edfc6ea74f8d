"""Addresses of databases, and how libpq's programs are told about them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg import pq

from dev.installation import preferred_bin_dir


def given_url() -> str | None:
    """The database somebody chose, as its administrator; None leaves it to the embedded server."""
    return os.environ.get("DATABASE_ADMIN_URL") or os.environ.get("DATABASE_URL")


def environment(url: str, bin_dir: Path | None = None) -> dict[str, str]:
    """Our environment, changed so that psql, pg_dump and the like reach `url` by themselves.

    So no password shows in a command line, and pg_prove, which takes no URL, works too.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for option in pq.Conninfo.parse(url.encode()):
        if option.envvar and option.val is not None:
            variables[option.envvar.decode()] = option.val.decode()
    if bin_dir is not None:
        variables["PATH"] = f"{bin_dir}{os.pathsep}{variables.get('PATH', os.defpath)}"
    return variables


def parts_of(url: str) -> dict[str, str]:
    """What `url` says, whatever form it came in."""
    return {
        option.keyword.decode(): option.val.decode()
        for option in pq.Conninfo.parse(url.encode())
        if option.val is not None
    }


def with_parts(url: str, **changes: str) -> str:
    """`url` with another `dbname`, `user` or `password`."""
    parts = parts_of(url) | changes
    name = quote(parts.pop("dbname", ""), safe="")
    return f"postgresql:///{name}?{urlencode(parts, safe='/', quote_via=quote)}"


def kept_password(url: str, user: str) -> str | None:
    """The password for `user` in the passfile of a server of ours, if `url` leads to one."""
    passfile = parts_of(url).get("passfile")
    if passfile is None or not Path(passfile).exists():
        return None
    mark = f"*:*:*:{user}:"
    lines = Path(passfile).read_text().splitlines()
    return next((line.removeprefix(mark) for line in lines if line.startswith(mark)), None)


def client_bin_dir() -> Path | None:
    """Where to take psql from; None leaves it to PATH.

    The embedded psql comes first, as an old one refuses a new server, but it speaks no TLS: a
    database that was given is reached with the system's own, where there is one.
    """
    if given_url() and shutil.which("psql"):
        return None
    return preferred_bin_dir()
