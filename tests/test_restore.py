"""A ledger is dumped, and restored on a server that has not heard of it, in each documented way."""

import json
import subprocess

import psycopg
import pytest

from pgteller.embedded.database import create_database
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from pgteller.names import Names
from pgteller.urls import environment, with_parts
from tests.cli import pgteller

SHOP = Names("shop1")


@pytest.fixture(scope="module")
def bin_dir(testbed):
    return testbed.bin_dir or preferred_bin_dir()


def program(bin_dir, url, *command):
    """One of PostgreSQL's programs, of the server's own version."""
    done = subprocess.run(
        command, env=environment(url, bin_dir), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def dumped(bin_dir, tmp_path_factory):
    """Dumps of a database with one ledger and of it with two, its roles, and digests by schema."""
    folder = tmp_path_factory.mktemp("dump")
    digests = {}
    with temporary_server(bin_dir, fsync="off") as server:
        url = create_database(server.url("postgres"), "origin")
        for number, names in enumerate([Names(), SHOP], start=1):
            load(url, names)
            schema = names.schema
            with psycopg.connect(url, autocommit=True) as db:
                db.execute(f"SELECT FROM {schema}.create_account('alice')")
                db.execute(f"SELECT FROM {schema}.deposit('alice', 1000)")
                db.execute(f"SELECT FROM {schema}.pay('alice', 300, idempotency_key => 'k')")
                taken = db.execute(f"SELECT d::text FROM {schema}.ledger_digest() AS d")
                (digests[schema],) = taken.fetchone()
            command = ["pg_dump", "-Fc", "-f", str(folder / f"{number}.dump")]
            assert program(bin_dir, url, *command) == (0, "")
        command = ["pg_dumpall", "--roles-only", "--no-role-passwords", "-f", str(folder / "roles")]
        assert program(bin_dir, url, *command) == (0, "")
    return folder, digests


@pytest.fixture
def elsewhere(bin_dir):
    """A new server."""
    with temporary_server(bin_dir, fsync="off") as server:
        yield create_database(server.url("postgres"), "restored")


def roles_of_the_old_server(url, folder):
    with psycopg.connect(url, autocommit=True) as db:
        for line in (folder / "roles").read_text().splitlines():
            # The superuser is there; psql would say so and go on.
            if not line.startswith(("--", "\\", "CREATE ROLE postgres", "ALTER ROLE postgres")):
                db.execute(line)


def roles_as_printed(url, _):
    with psycopg.connect(url, autocommit=True) as db:
        for schema in "bank", "shop1":
            printed = pgteller("--schema", schema, "init", "--print-roles", url=url)
            db.execute(printed.stdout)


def assert_whole(url, digests):
    """The ledgers are what they were, and go on."""
    for schema, digest in digests.items():
        with psycopg.connect(url, autocommit=True) as db:
            wrong = db.execute(f"SELECT v.* FROM {schema}.verify_ledger() AS v WHERE NOT v.ok")
            assert wrong.fetchall() == []
            found = db.execute(f"SELECT d.ok FROM {schema}.verify_digest(%s) AS d", [digest])
            assert found.fetchone() == (True,)
            again = f"SELECT payment_id FROM {schema}.pay('alice', 300, idempotency_key => 'k')"
            assert db.execute(again).fetchone() == ("payment1",)
            another = f"SELECT payment_id FROM {schema}.pay('alice', 1)"
            assert db.execute(another).fetchone() == ("payment2",)
        done = pgteller("--schema", schema, "init", "--yes", url=url)
        assert "there is nothing to do" in done.stdout
        outside = pgteller("--schema", schema, "verify", "--outside", "--json", url=url)
        assert json.loads(outside.stdout)["ok"], outside.stdout


@pytest.mark.parametrize("roles_come", [roles_of_the_old_server, roles_as_printed])
def test_by_a_superuser(elsewhere, bin_dir, dumped, roles_come):
    folder, digests = dumped
    roles_come(elsewhere, folder)
    command = ["pg_restore", "-d", "restored", str(folder / "2.dump")]
    assert program(bin_dir, elsewhere, *command) == (0, "")
    assert_whole(elsewhere, digests)


def test_by_a_member_of_the_owner(elsewhere, bin_dir, dumped):
    folder, digests = dumped
    roles_as_printed(elsewhere, folder)
    with psycopg.connect(elsewhere, autocommit=True) as db:
        db.execute("CREATE ROLE restorer LOGIN PASSWORD 'x'")
        db.execute("GRANT bank_owner TO restorer")
        db.execute("GRANT CREATE ON DATABASE restored TO bank_owner")
    url = with_parts(elsewhere, user="restorer", password="x")
    options = ["--no-owner", "--role=bank_owner"]
    command = ["pg_restore", *options, "-d", "restored", str(folder / "1.dump")]
    assert program(bin_dir, url, *command) == (0, "")
    assert_whole(url, {"bank": digests["bank"]})


def test_without_the_roles_it_is_no_ledger(elsewhere, bin_dir, dumped):
    """What then belongs to whoever restores is told apart from a ledger, and not taken over."""
    folder, _ = dumped
    command = ["pg_restore", "-d", "restored", str(folder / "1.dump")]
    status, told = program(bin_dir, elsewhere, *command)
    assert status == 1
    assert 'role "bank_owner" does not exist' in told
    done = pgteller("init", "--yes", url=elsewhere)
    assert done.exit_code == 2
    assert "The ledger bank belongs to postgres, as after a restore" in done.output
