"""Servers, databases, connections and web servers for the tests.

Every test that uses a database runs once on each server there is: the embedded PostgreSQL, every
version installed on the system, or DATABASE_URL alone where that is set.  A session makes its own
database on each of them and drops it at the end.  Tests over HTTP run once more, on the first of
the servers, with a pgbouncer in transaction mode between the shell and PostgreSQL.
"""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dev import PROJECT
from dev.browser import chromium
from dev.pgbouncer import pgbouncer
from dev.testbed import scratch_database, servers, test_server
from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import SHELL_LOGIN, Server, temporary_server
from pgteller.install import load
from pgteller.serving import Address, granian
from pgteller.shell import create_app
from tests.browser import Visit, visiting
from tests.drills.machines import wait_for_workers
from tests.fuzz import EXAMPLES, SEED
from tests.http_helpers import Bank
from tests.receivers import Receiver, receiving

Connect = Callable[..., psycopg.Connection]
NewLedger = Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True)
class Testbed:
    """A server's programs (None: that of DATABASE_URL), and whether pgbouncer stands before it."""

    __test__ = False

    bin_dir: Path | None
    pgbouncer: bool = False


def pytest_report_header() -> str:
    """What it takes to draw the same random requests again."""
    return f"FUZZ_SEED={SEED} FUZZ_EXAMPLES={EXAMPLES}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Decide what each test runs on."""
    if "testbed" not in metafunc.fixturenames:
        return
    testbeds = {name: Testbed(bin_dir) for name, bin_dir in servers().items()}
    first = next(iter(testbeds))
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if marks & {"first_server", "shell"}:
        testbeds = {first: testbeds[first]}
    over_http = {"client", "base_url"} & {*metafunc.fixturenames}
    if over_http and not marks & {"direct", "shell"}:
        testbeds[f"{first}, pgbouncer"] = replace(testbeds[first], pgbouncer=True)
    metafunc.parametrize(
        "testbed", testbeds.values(), ids=[*testbeds], indirect=True, scope="session"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what has machines of its own: the end is left to short tests, to be shared out."""
    items.sort(key=lambda item: "testbed" in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """Look no more at what collection made, at every collection of garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def testbed(request: pytest.FixtureRequest) -> Testbed:
    """What the test runs on."""
    return request.param


@pytest.fixture(scope="session")
def server(testbed: Testbed) -> Iterator[str]:
    """The administrator's URL of a running server."""
    with test_server(testbed.bin_dir) as url:
        yield url


@pytest.fixture(scope="session")
def new_ledger(server: str) -> Iterator[NewLedger]:
    """Makes a database with schema and functions for a block: `with new_ledger() as url`.

    They are copies of one that nobody uses, as loading one takes five times as long.
    """
    with scratch_database(server) as template:
        load(template)
        yield partial(scratch_database, server, conninfo_to_dict(template)["dbname"])


@pytest.fixture(scope="session")
def database_url(new_ledger: NewLedger) -> Iterator[str]:
    """A database with schema and functions, as its administrator."""
    with new_ledger() as url:
        yield url


@pytest.fixture(scope="module")
def own_url(new_ledger: NewLedger) -> Iterator[str]:
    """The same for one file of tests alone."""
    with new_ledger() as url:
        yield url


@pytest.fixture(scope="session")
def app_url(login_url: str, testbed: Testbed) -> Iterator[str]:
    """The same database as the web shell reaches it."""
    with pgbouncer(login_url) if testbed.pgbouncer else nullcontext(login_url) as url:
        yield url


@pytest.fixture(scope="session")
def login_url(database_url: str) -> Iterator[str]:
    """The same database for the web shell's login: an operator, and nothing more."""
    if not (os.environ.get("DATABASE_ADMIN_URL") or os.environ.get("DATABASE_URL")):
        yield create_web_role(database_url)
        return
    # On a server that is not ours, a login that cannot be anybody else's.
    name = f"{SHELL_LOGIN}_{secrets.token_hex(4)}"
    yield create_web_role(database_url, name, password=secrets.token_hex(16))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def app(app_url: str) -> Iterator[Flask]:
    """The Flask application, in this process."""
    app = create_app(database_url=app_url)
    yield app
    app.extensions["pool"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application that needs no network."""
    return app.test_client()


@pytest.fixture(scope="session")
def base_url(app_url: str) -> Iterator[str]:
    """The address of a real web server, as `make run` starts it, with two workers."""
    with web_server(app_url) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file of tests: while it runs, nothing else in this process can have an event loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, base_url: str) -> Iterator[Visit]:
    """Opens pages of the real web server; the test fails for all that the browser complains of."""
    with visiting(browser, base_url) as visit:
        yield visit


@pytest.fixture
def connect(database_url: str, app_url: str) -> Iterator[Connect]:
    """Open connections, autocommit, closed after the test.

    `connect()` is the administrator, `connect(web=True)` the web shell's login; more keywords go
    to psycopg.
    """
    with contextlib.ExitStack() as opened:

        def connect(web: bool = False, **options: object) -> psycopg.Connection:
            options = {"autocommit": True, **options}
            return opened.enter_context(
                contextlib.closing(psycopg.connect(app_url if web else database_url, **options))
            )

        yield connect


@pytest.fixture
def db(connect: Connect) -> psycopg.Connection:
    """One connection as administrator, autocommit."""
    return connect()


@pytest.fixture
def crash_server() -> Iterator[Server]:
    """A server of the test's own, with fsync on, to kill() and start(); its database is loaded.

    `crash_server.url()` is that database for the administrator, `.url(user="bank_web")` for the web
    shell.
    """
    with temporary_server(preferred_bin_dir()) as server:
        url = create_database(server.url("postgres"), "pgteller")
        load(url)
        create_web_role(url)
        yield server


@contextlib.contextmanager
def web_server(database_url: str, workers: int = 2, **settings: str) -> Iterator[str]:
    """Run it on a free port, with variables of the environment; its address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = Address("127.0.0.1", port)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        url = address.url
        command = [sys.executable, *granian(address, workers)]
        variables = {**os.environ, "DATABASE_URL": database_url}
    with subprocess.Popen(command, cwd=PROJECT, env=variables, process_group=0) as process:
        try:
            wait_until_answering(url, process)
            wait_for_workers(process.pid, workers)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def wait_until_answering(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as anything, be it a 404, comes back from `url`."""
    deadline = time.monotonic() + 20
    anybody = ssl._create_unverified_context()
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5, context=anybody)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the web server does not answer at {url}")


@pytest.fixture
def bank(client: FlaskClient) -> Bank:
    """Shorthands for requests, each checked against the OpenAPI document."""
    return Bank(client)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes webhooks."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receivers_are_here(db: psycopg.Connection) -> Iterator[None]:
    """They are on this machine, and speak http; none is left, nor allowed, afterwards."""
    allowed = "UPDATE ledger.settings SET webhook_http = %s, webhook_networks = %s"
    db.execute(allowed, [True, ["127.0.0.0/8", "::1/128"]])
    yield
    db.execute(allowed, [False, []])
    db.execute("SELECT bank.delete_webhook('webhook' || webhook_number) FROM ledger.webhooks")


@pytest.fixture(scope="module")
def client_with(app_url: str) -> Iterator[Callable[..., FlaskClient]]:
    """Makes an application with some settings, once for a file, and tells a client of it."""
    apps: dict[frozenset[tuple[str, str]], Flask] = {}

    def client_with(**variables: str) -> FlaskClient:
        wanted = frozenset(variables.items())
        if wanted not in apps:
            with pytest.MonkeyPatch.context() as patch:
                for name, value in variables.items():
                    patch.setenv(name, value)
                apps[wanted] = create_app(app_url)
        return apps[wanted].test_client()

    yield client_with
    for app in apps.values():
        app.extensions["pool"].close()
