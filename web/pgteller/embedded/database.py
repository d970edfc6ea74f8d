"""The database that commands work on: the one that was named, or the embedded server's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from psycopg import sql

from pgteller import settings
from pgteller.embedded.server import DATABASE, SHELL_LOGIN, development_server
from pgteller.names import Names
from pgteller.urls import described, given_url, kept_password, with_parts

BANK = Names()


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
    """Make the login the web shell uses, an operator and no more; tell the URL to log in with.

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
        operator = names.role("operator")
        if connection.execute(known, [operator]).fetchone():
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(operator), role))
    return url


def logs_in(url: str) -> bool:
    """Whether the login of `url` has its password already."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def database(quiet: bool = False) -> Iterator[str]:
    """The admin URL of the database in use; the embedded server runs while the block does."""
    if url := given_url():
        if not quiet:
            print(f"Using {described(url)}.", flush=True)
        yield url
        return
    if not quiet:
        print("Starting PostgreSQL ...", flush=True)
    with development_server().in_use() as server:
        yield create_database(server.url("postgres"), DATABASE)


def web_url(admin_url: str, names: Names = BANK) -> str:
    """The URL the web shell connects with: DATABASE_URL itself, else the embedded web login."""
    return settings.address("DATABASE_URL") or create_web_role(admin_url, names=names)
