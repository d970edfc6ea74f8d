"""An upgrade under load, and what web server, worker and commands do with another version."""

import psycopg
import pytest

from dev.testbed import scratch_database
from dev.variables import whole
from pgteller import __version__
from pgteller.embedded.database import create_web_role
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install.release import noted, this_release
from pgteller.names import Names
from pgteller.shell import create_app
from pgteller.worker import Worker
from tests.cli import pgteller
from tests.conftest import web_server
from tests.http_helpers import Bank
from tests.upgrade import upgrade

LEGS = whole("UPGRADE_LEGS")


@pytest.mark.direct  # its writers bring connections of their own
def test_an_upgrade_under_load(testbed, tmp_path):
    """As `make torture` does with a million legs."""
    with temporary_server(testbed.bin_dir or preferred_bin_dir()) as server:
        tally = upgrade(server.url("postgres"), LEGS, tmp_path)
    print(f"\n{tally}")
    assert tally.calls >= 800


@pytest.fixture
def of_version(new_ledger):
    """A ledger whose functions say that they are of another release."""
    with new_ledger() as url:

        def says(version, breaking=0):
            with psycopg.connect(url, autocommit=True) as db:
                assert noted(db, Names()) is not None
                tail = f"pgteller {version}, breaking {breaking}, sql 0123, on PostgreSQL 18"
                db.execute(f"COMMENT ON SCHEMA bank IS 'pgteller functions: ({tail})'")
            return create_web_role(url)

        yield says


OLDER = f"is of pgteller 0.1.9, this is {__version__}: upgrade it first: pgteller migrate."
NEWER = f"is of pgteller 99.0.0, this is {__version__}: which this may not work with"
MISMATCHES = {"older": ("0.1.9", 0, OLDER), "breaking": ("99.0.0", 99, NEWER)}


@pytest.mark.first_server
@pytest.mark.parametrize("case", MISMATCHES)
def test_nothing_starts_on_functions_of_another_version(of_version, case):
    version, breaking, told = MISMATCHES[case]
    url = of_version(version, breaking)
    for command in (["worker", "--once"], ["balance", "alice"], ["verify"]):
        done = pgteller(*command, url=url)
        assert done.exit_code == 2, command
        assert told in done.output
    with pytest.raises(RuntimeError, match="does not answer"), web_server(url):
        pass


@pytest.mark.parametrize("case", MISMATCHES)
def test_one_that_runs_already_is_not_ready(of_version, case):
    version, breaking, told = MISMATCHES[case]
    url = of_version(__version__)
    app = create_app(url)
    bank = Bank(app.test_client())
    assert bank.get("/health/ready")["functions"] == __version__
    of_version(version, breaking)
    reply = bank.get("/health/ready")
    assert (reply.status, reply.code) == (503, "version_mismatch")
    assert told in reply["detail"]
    assert reply.headers["Retry-After"] == "1"
    app.extensions["pool"].close()


def test_an_older_server_works_with_newer_functions(of_version):
    url = of_version("99.0.0")
    app = create_app(url)
    bank = Bank(app.test_client())
    assert bank.get("/health/ready")["functions"] == "99.0.0"
    assert bank.account(balance=5)
    Worker(app, interval=1, once=True).run()
    app.extensions["pool"].close()


def test_where_there_is_no_ledger(server):
    with scratch_database(server) as url:
        done = pgteller("worker", "--once", url=url)
    assert done.exit_code == 2
    assert "There is no ledger bank in this database: pgteller init." in done.output


def test_what_is_noted_is_read(own_url):
    with psycopg.connect(own_url) as db:
        assert noted(db, Names()) == this_release(db.info.server_version // 10_000)
        assert noted(db, Names("nowhere")) is None
