"""Servers and databases to test on, made for one run and removed after it."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from pgteller.embedded.programs import installations
from pgteller.embedded.server import temporary_server
from pgteller.urls import given_url, with_parts


def servers() -> dict[str, Path | None]:
    """Every server to test on, by name: DATABASE_URL alone, else one of each installed version."""
    if given_url():
        return {"DATABASE_URL": None}
    return {f"PostgreSQL {major}": bin_dir for major, bin_dir in installations().items()}


@contextlib.contextmanager
def test_server(bin_dir: Path | None) -> Iterator[str]:
    """The administrator's URL of a server from `servers()`, started for the block."""
    if bin_dir is None:
        yield str(given_url())
        return
    # Nobody will miss its data after a crash; tests of crashes start a careful one themselves.
    # Nor does it compile a query, which takes longer than what tests have it do.
    with temporary_server(bin_dir, fsync="off", jit="off") as server:
        yield server.url("postgres")


@contextlib.contextmanager
def scratch_database(admin_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database that is dropped when the block ends; empty, or like another."""
    name = f"pgteller_test_{os.getpid()}_{secrets.token_hex(3)}"
    database = sql.Identifier(name)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Files are copied in a third of the time that it takes to log what is in them.
        command = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        connection.execute(sql.SQL(command).format(database, sql.Identifier(template)))
    url = with_parts(admin_url, dbname=name)
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            command = "ALTER DATABASE {} SET pgteller.share_roles = on"
            connection.execute(sql.SQL(command).format(database))
        yield url
    finally:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            command = "DROP DATABASE IF EXISTS {} WITH (FORCE)"
            connection.execute(sql.SQL(command).format(database))
