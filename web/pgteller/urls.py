"""Addresses of databases, and how libpq's programs are told about them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg import pq

from pgteller import settings
from pgteller.embedded.programs import PostgresError, preferred_bin_dir


def given_url() -> str | None:
    """The database somebody chose, as its administrator; None leaves it to the embedded server."""
    return settings.address("DATABASE_ADMIN_URL") or settings.address("DATABASE_URL") or None


def environment(url: str, bin_dir: Path | None = None) -> dict[str, str]:
    """Our environment, changed so that psql, pg_dump and the like reach `url` by themselves.

    So no password shows in a command line, and pg_prove, which takes no URL, works too.  What the
    URL leaves open is for PG* variables and services to say where somebody chose the database; a
    server of ours has nothing to do with them.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    options = pq.Conninfo.parse(url.encode())
    if given_url():
        variables = dict(os.environ)
        options = _resolved(url)
        for name in "PGSERVICE", "PGSERVICEFILE":  # are resolved, and would have the last word
            variables.pop(name, None)
    for option in options:
        if option.val is None or option.keyword in (b"service", b"servicefile"):
            continue
        if option.envvar:
            variables[option.envvar.decode()] = option.val.decode()
        elif option.dispchar == b"*" and option.val:
            raise PostgresError(
                f"psql takes no {option.keyword.decode()} from its environment, and in its command "
                "everybody could read it: use what needs none."
            )
    if bin_dir is not None:
        variables["PATH"] = f"{bin_dir}{os.pathsep}{variables.get('PATH', os.defpath)}"
    return variables


def described(url: str) -> str:
    """Which database that is, for people: no secret is in it."""
    found = {option.keyword: (option.val or b"").decode() for option in _resolved(url)}
    place = found[b"host"] or found[b"hostaddr"] or "this machine"
    if port := found[b"port"].strip(","):
        place += f", port {port}"
    return f"database {found[b'dbname'] or found[b'user']} on {place}, as {found[b'user']}"


def _resolved(url: str) -> list[pq.ConninfoOption]:
    """What libpq makes of a URL, PG* variables, services and defaults together.

    It tells so of a connection only. This one is begun, and given up before anything is sent.
    """
    connection = pq.PGconn.connect_start(url.encode())
    try:
        options = connection.info
        if not any(option.val for option in options):
            raise PostgresError(connection.get_error_message().strip())
        return options
    finally:
        connection.finish()


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
