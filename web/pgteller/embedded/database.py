"""The database that commands work on: the one that was named, or the embedded server's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psycopg
from psycopg import sql

from pgteller import settings
from pgteller.embedded.server import (
    DATABASE,
    SHELL_LOGIN,
    Server,
    development_server,
    is_made,
)
from pgteller.names import Names
from pgteller.urls import described, given_url, kept_password, with_parts

BANK = Names()
NO_DATABASE = (
    "Set DATABASE_URL (postgresql:// takes all from PG* variables), or make a bank here: "
    "pgteller init, or pgteller run."
)


def create_database(admin_url: str, name: str) -> str:
    """Make the database where it is missing and tell its URL, for the same user."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(query, [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return with_parts(admin_url, dbname=name)


def create_web_role(
    admin_url: str,
    name: str = SHELL_LOGIN,
    password: str | None = None,
    names: Names = BANK,
) -> str:
    """Make the login the web shell uses, which may take any role; tell the URL to log in with.

    Where no password is given it is the one that a server of ours keeps in its passfile.
    """
    secret = {} if password is None else {"password": password}
    url = with_parts(admin_url, user=name, **secret)
    password = password or kept_password(admin_url, name)
    role, known = sql.Identifier(name), "SELECT 1 FROM pg_roles WHERE rolname = %s"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if not connection.execute(known, [name]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        if password and not logs_in(url):
            # Hashed here, so that it stands in no statement, and thus in no log.
            scram = connection.pgconn.encrypt_password(
                password.encode(), name.encode(), b"scram-sha-256"
            )
            command = sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, scram.decode())
            connection.execute(command)
        if connection.execute(known, [names.role("operator")]).fetchone():
            for which in "operator", "auditor":  # and a teller, as operators are
                granted = sql.Identifier(names.role(which))
                connection.execute(sql.SQL("GRANT {} TO {}").format(granted, role))
    return url


def logs_in(url: str) -> bool:
    """Whether the login of `url` has its password already."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def database(quiet: bool = False, make: bool = False) -> Iterator[str]:
    """The admin URL of the database in use; the embedded server runs while the block does.

    It is made where it is missing only if that is what was asked for.
    """
    if url := given_url():
        if not quiet:
            print(f"Using {described(url)}.", flush=True)
        yield url
        return
    with embedded_server(make) as server:
        if not quiet:
            print(f"Using the embedded PostgreSQL {server.major}, {server.data_dir.parent}.")
        yield create_database(server.url("postgres"), DATABASE)


@contextlib.contextmanager
def embedded_server(make: bool) -> Iterator[Server]:
    """The embedded server while the block runs; PG* variables are about others."""
    if not (make or is_made()):
        settings.end(NO_DATABASE)
    for name in [name for name in os.environ if _is_libpqs(name)]:
        del os.environ[name]
    with development_server().in_use() as server:
        yield server


def _is_libpqs(variable: str) -> bool:
    return variable.startswith("PG") and not variable.startswith("PGTELLER_")


@contextlib.contextmanager
def login() -> Iterator[str]:
    """What DATABASE_URL says, else the embedded server's, which runs while the block does."""
    if url := settings.address("DATABASE_URL"):
        yield url
        return
    with embedded_server(make=False) as server:
        url = server.url(user=SHELL_LOGIN)
        if not logs_in(url):
            settings.end("There is no bank in the embedded PostgreSQL yet: pgteller init.")
        yield url


@contextlib.contextmanager
def reader() -> Iterator[str]:
    """Who may read every table: DATABASE_URL is to name one, the embedded server's superuser is."""
    if url := settings.address("DATABASE_URL"):
        yield url
        return
    with embedded_server(make=False) as server:
        yield server.url()


def web_url(admin_url: str, names: Names) -> str:
    """The URL the web shell connects with: the one that was given, else the embedded web login."""
    if given_url() is None:
        return create_web_role(admin_url, names=names)
    return settings.address("DATABASE_URL") or settings.end(
        "Set DATABASE_URL too: what web server and worker log in with."
    )
