"""A ledger in anybody's database: as whom it can be installed, and by what."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dev import PROJECT, assets
from dev.testbed import scratch_database
from pgteller import __version__
from pgteller.embedded.database import create_database
from pgteller.embedded.programs import installations
from pgteller.embedded.server import temporary_server
from pgteller.install import is_loaded, load
from pgteller.install.migrations import migrate, migration_files
from pgteller.install.script import install_script, upgrade_script
from pgteller.names import Names
from pgteller.urls import environment, with_parts
from tests.cli import pgteller

USERS = {"admin1": "CREATEROLE", "admin2": "CREATEROLE", "plain": ""}


@pytest.fixture(scope="module", params=installations().values(), ids=installations())
def ours(request):
    """A server of our own: roles belong to all of it."""
    with temporary_server(request.param, fsync="off") as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as db:
            for name, rights in USERS.items():
                db.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' {rights}")
                db.execute(f"CREATE DATABASE {name} OWNER {name}")
        yield server


def url_of(server, name):
    """What one of the users logs in with, on the database that is his."""
    return with_parts(server.url(name), user=name, password="x")


def assert_works(url, schema="bank"):
    """What anybody does first."""
    for arguments in (
        ("account", "open", "alice"),
        ("account", "open", "bob"),
        ("deposit", "alice", "10000"),
        ("transfer", "alice", "bob", "2500"),
        ("verify",),
        ("status",),
    ):
        done = pgteller("--schema", schema, *arguments, url=url)
        assert done.exit_code == 0, (arguments, done.output)
    assert pgteller("--schema", schema, "balance", "bob", "--json", url=url).stdout.startswith(
        '{"account_id":"bob","balance":2500,'
    )


def test_superuser_and_again(ours):
    url = create_database(ours.url("postgres"), "by_superuser")
    done = pgteller("init", "--yes", url=url)
    assert done.exit_code == 0, done.output
    assert "Payments earn 2 % after 24 h in every currency." in done.output
    assert_works(url)
    again = pgteller("init", "--yes", url=url)
    assert again.exit_code == 0
    assert again.output.splitlines()[-1] == (
        "The ledger bank is up to date: there is nothing to do."
    )
    assert pgteller("init", "--yes", "--schema", "shop1", url=url).exit_code == 0
    assert_works(url, "shop1")


def test_who_may_make_roles_and_is_no_superuser(ours):
    create = pgteller("init", "--yes", "--roles", "one", url=url_of(ours, "admin1"))
    assert create.exit_code == 0, create.output
    assert_works(url_of(ours, "admin1"))


def test_another_of_them_in_another_database(ours):
    """Roles that somebody else has made are not his; he is told what he can do."""
    pgteller("init", "--yes", "--roles", "one", url=url_of(ours, "admin1"))
    url = url_of(ours, "admin2")
    refused = pgteller("init", "--yes", "--roles", "one", url=url)
    assert refused.exit_code == 2
    assert "--roles NAME" in refused.output
    done = pgteller("init", "--yes", "--roles", "two", "--cashback", "off", url=url)
    assert done.exit_code == 0, done.output
    assert "Payments earn nothing in every currency." in done.output
    assert_works(url)
    with psycopg.connect(url) as db:
        assert db.execute(
            "SELECT DISTINCT rate_bps FROM bank.list_cashback_policies()"
        ).fetchall() == [(0,)]


def test_an_owner_whose_roles_somebody_else_makes(ours):
    url = url_of(ours, "plain")
    refused = pgteller("init", "--yes", "--roles", "three", url=url)
    assert refused.exit_code == 2
    assert "`pgteller init --roles three --print-roles`" in refused.output
    script = pgteller("init", "--roles", "three", "--print-roles", url=url)
    assert script.exit_code == 0
    with psycopg.connect(ours.url("plain"), autocommit=True) as superuser:
        superuser.execute(script.stdout)
    done = pgteller("init", "--yes", "--roles", "three", "--cashback", "0.5%/30d", url=url)
    assert done.exit_code == 0, done.output
    assert_works(url)
    with psycopg.connect(url) as db:
        query = "SELECT DISTINCT rate_bps, delay_ms FROM bank.list_cashback_policies()"
        assert db.execute(query).fetchall() == [(50, 30 * 86_400_000)]


def test_nobody_makes_roles_unasked(ours):
    url = create_database(ours.url("postgres"), "unasked")
    done = pgteller("init", "--roles", "unasked", url=url)
    assert done.exit_code == 2, done.output
    assert "unasked_owner" in done.output
    with psycopg.connect(url) as db:
        assert db.execute(
            "SELECT to_regrole('unasked_owner'), to_regnamespace('bank')"
        ).fetchall() == [(None, None)]


@pytest.mark.parametrize("value", ["2", "2%", "101%/24h", "-1%/1h", "2%/24", "x"])
def test_what_is_no_cashback(value):
    done = pgteller("init", "--cashback", value, url="postgresql://nobody@localhost:1/x")
    assert done.exit_code == 2
    assert "--cashback" in done.output


@pytest.mark.parametrize("names", [Names(), Names("shop1")], ids=lambda names: names.schema)
def test_one_file(server, names, tmp_path):
    """The same as `init`, by psql, and again; in the transaction of whoever runs it, too."""
    file = tmp_path / "install.sql"
    file.write_text(install_script(names))
    with scratch_database(server) as url:
        for said in "", "there is nothing to do":
            done = psql(url, "-f", str(file))
            assert (done.returncode, done.stdout) == (0, "DO\n"), done.stderr
            assert said in done.stderr
        assert is_loaded(url, names)
        assert_works(url, names.schema)
        assert pgteller("--schema", names.schema, "verify", "--outside", url=url).exit_code == 0


def psql(url, *arguments):
    return subprocess.run(
        ["psql", "-X", "-v", "ON_ERROR_STOP=1", *arguments],
        env=environment(url), capture_output=True, text=True, check=False,
    )  # fmt: skip


SETTINGS = {
    "search_path": "public, pg_catalog",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "bytea_output": "escape",
    "lock_timeout": "1min",
}


@pytest.mark.parametrize("autocommit", [True, False])
def test_it_leaves_settings_and_role_as_they_were(server, autocommit):
    """Whatever they are: those of a tool that goes on with other migrations."""
    with scratch_database(server) as url, psycopg.connect(url, autocommit=autocommit) as db:
        db.execute("SET backslash_quote = on; SET escape_string_warning = off")
        for name, value in SETTINGS.items():
            db.execute("SELECT set_config(%s, %s, false)", [name, value])
        db.execute("CREATE ROLE dba SUPERUSER")
        try:
            db.execute("SET ROLE dba")
            for _ in range(2):
                db.execute(install_script())
                for name, value in {**SETTINGS, "role": "dba"}.items():
                    assert db.execute(f"SHOW {name}").fetchone() == (value,)
                db.execute("SELECT 1")
            assert db.execute("SELECT bool_and(ok) FROM bank.verify_ledger()").fetchone() == (True,)
        finally:
            if autocommit:
                db.execute("RESET ROLE")
                db.execute("DROP OWNED BY dba CASCADE")
                db.execute("DROP ROLE dba")
            db.rollback()


def test_settings_that_read_and_print_sql_otherwise(server):
    """As a login or a database may have them for the old programs it has."""
    with scratch_database(server) as url:
        options = "-c standard_conforming_strings=off -c quote_all_identifiers=on"
        odd = with_parts(url, options=options, client_encoding="LATIN1")
        load(odd)
        assert_works(odd)
        again = pgteller("init", "--yes", url=odd)
        assert "there is nothing to do" in again.output
        told = pgteller("account", "open", "zoë", "--json", "--metadata", '{"€": "ł"}', url=odd)
        assert json.loads(told.stdout)["metadata"] == {"€": "ł"}
        for name in "a\x07b", "a\u202eb", " a", "a/balance":
            with psycopg.connect(odd) as db, pytest.raises(psycopg.Error, match="invalid_account"):
                db.execute("SET client_encoding = 'UTF8'")
                db.execute("SELECT bank.create_account(%s)", [name])


def test_it_waits_for_nobody_for_long(new_ledger):
    """Others queue behind who waits for a lock."""
    with new_ledger() as url:
        script = upgrade_script("0.1.9", len(migration_files()))
        assert "set_config('lock_timeout', '5s', true)" in script
        hasty = script.replace("'5s'", "'50ms'")
        with psycopg.connect(url) as reader, psycopg.connect(url) as db:
            reader.execute("SELECT FROM bank.legs")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                db.execute(hasty)


def test_there_is_no_way_down(new_ledger):
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            note = "pgteller functions: (pgteller 99.0.0, breaking 0, sql 0123, on PostgreSQL 18)"
            db.execute(f"COMMENT ON SCHEMA bank IS '{note}'")
        for command in ("init", "--yes"), ("migrate",):
            done = pgteller(*command, url=url)
            assert done.exit_code == 2, command
            assert "is of pgteller 99.0.0" in done.output
        assert "99.0.0, newer than this program: upgrade it" in pgteller("status", url=url).output
        with psycopg.connect(url) as db, pytest.raises(psycopg.errors.RaiseException):
            db.execute(install_script())


def test_another_version_of_postgresql_prints_some_of_it_otherwise(new_ledger):
    """As after a dump and restore, or pg_upgrade: the functions are to be made anew."""
    with new_ledger() as url:
        with psycopg.connect(url, autocommit=True) as db:
            [(note,)] = db.execute("SELECT obj_description('bank'::regnamespace, 'pg_namespace')")
            db.execute(f"COMMENT ON SCHEMA bank IS '{note.rpartition(' ')[0]} 14)'")
        told = "as made on PostgreSQL 14"
        assert told in pgteller("status", url=url).output
        assert told in pgteller("doctor", url=url).output
        assert told in pgteller("migrate", "--dry-run", url=url).output
        assert pgteller("init", "--yes", url=url).exit_code == 0
        assert "of this version" in pgteller("status", url=url).output


def test_what_payments_earn_is_said_once(server):
    """With the first migration: not to a ledger that is there, nor lost by a try that failed."""
    with scratch_database(server) as url:
        migrate(url)
        done = pgteller("init", "--yes", "--cashback", "1%/1h", url=url)
        assert done.exit_code == 2
        assert "Payments earn 2 % after 24 h in every currency, by an earlier try" in done.output
        done = pgteller("init", "--yes", "--cashback", "7%/1h", url=url)
        assert done.exit_code == 2
        assert "pgteller policy set" in done.output
        load(url, cashback=(700, 3_600_000))
        with psycopg.connect(url) as db:
            query = "SELECT DISTINCT rate_bps FROM bank.list_cashback_policies()"
            assert db.execute(query).fetchall() == [(200,)]
            assert db.execute("SELECT bool_and(ok) FROM bank.verify_ledger()").fetchone() == (True,)


def test_a_word_of_sql_is_no_name(server):
    with scratch_database(server) as url:
        for command in ("init", "--yes", "--schema", "values"), ("--schema", "values", "migrate"):
            done = pgteller(*command, url=url)
            assert done.exit_code == 2
            assert "it is a word of SQL" in done.output
        done = pgteller("--schema", "bnak", "migrate", url=url)
        assert done.exit_code == 2
        assert (
            "There is no ledger bnak in this database: pgteller --schema bnak init" in done.output
        )
        with psycopg.connect(url) as db:
            assert db.execute("SELECT to_regnamespace('bnak')").fetchone() == (None,)


def test_the_address_that_is_given_is_the_one(server):
    with scratch_database(server) as one, scratch_database(server) as other:
        own = {"DATABASE_ADMIN_URL": one}
        assert pgteller("--url", other, "init", "--yes", url=one, **own).exit_code == 0
        with psycopg.connect(one) as db:
            assert db.execute("SELECT to_regnamespace('bank')").fetchone() == (None,)
        assert is_loaded(other)


def test_it_is_whole_or_not_at_all(server):
    with scratch_database(server) as url, psycopg.connect(url) as db:
        db.execute("SET search_path = public, pg_catalog")
        db.execute(install_script())
        assert db.execute("SHOW search_path").fetchone() == ("public, pg_catalog",)
        assert db.execute("SHOW role").fetchone() == ("none",)
        assert db.execute("SELECT created FROM bank.create_account('alice')").fetchone() == (True,)
        db.rollback()
        assert db.execute("SELECT to_regnamespace('bank')").fetchone() == (None,)
        broken = install_script().replace(
            "CREATE TYPE bank.receipt", "CREATE TYPE bank.pay_receipt ("
        )
        with pytest.raises(psycopg.errors.SyntaxError):
            db.execute(broken)
        db.rollback()
        assert db.execute("SELECT to_regnamespace('ledger')").fetchone() == (None,)


def test_the_program_prints_it(server):
    with scratch_database(server) as url:
        script = pgteller("init", "--schema", "shop1", "--dump-sql", url=url).stdout
        assert script == install_script(Names("shop1"))
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(script)
            db.execute("COMMENT ON SCHEMA shop1 IS 'pgteller functions: of another version'")
            db.execute(pgteller("--schema", "shop1", "migrate", "--dump-sql", url=url).stdout)
        assert is_loaded(url, Names("shop1"))


def test_a_ledger_of_another_version_is_left_alone(server):
    with scratch_database(server) as url:
        migrate(url)
        with psycopg.connect(url) as db, pytest.raises(psycopg.errors.RaiseException) as told:
            db.execute(install_script())
        assert "pgteller migrate" in told.value.diag.message_hint
        with psycopg.connect(url, autocommit=True) as db:
            with pytest.raises(
                psycopg.errors.RaiseException, match=r"another version than 0\.0\.9"
            ):
                db.execute(upgrade_script("0.0.9", 0))
            db.execute(upgrade_script("0.1.9", len(migration_files())))
        assert is_loaded(url)


@pytest.mark.first_server
def test_a_wheel(tmp_path, server):
    """Built, and run where there is no checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.name == f"pgteller-{__version__}-py3-none-any.whl"
    installed = tmp_path / "installed"
    shutil.unpack_archive(wheel, installed, "zip")
    assert {path.name for path in installed.rglob("vendor/*")} == {*assets.FILES, assets.LOCK.name}
    assert len([*installed.glob("*.dist-info/licenses/**/*LICENSE*")]) == 3
    path = f"{installed}:{sysconfig.get_path('purelib')}"
    with scratch_database(server) as url:
        for arguments in (
            ("init", "--yes"),
            ("account", "open", "alice"),
            ("deposit", "alice", "5"),
            ("verify", "--outside", "--processes", "1"),
            ("worker", "--once"),
        ):
            done = subprocess.run(
                [sys.executable, "-c", RUN, *arguments],
                cwd="/",
                env={"PYTHONPATH": path, "DATABASE_URL": url, "PATH": "/usr/bin:/bin"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, (arguments, done.stderr)
            assert Path(done.stdout.splitlines()[0]).is_relative_to(installed)


RUN = "import pgteller, pgteller.cli; print(pgteller.__file__, flush=True); pgteller.cli.main()"


def test_a_reload_tells_which_grants_it_takes_away(new_ledger, capsys):
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        role = sql.Identifier("reader_of_views")
        db.execute(sql.SQL("CREATE ROLE {}").format(role))
        try:
            db.execute(sql.SQL("GRANT SELECT ON bank.legs TO {}").format(role))
            db.execute("GRANT EXECUTE ON FUNCTION bank.get_account(text) TO PUBLIC")
            capsys.readouterr()
            load(url)
            told = capsys.readouterr().err.splitlines()
            assert [line.partition(". ")[0] for line in told] == [
                "WARNING: taken away by the reload: "
                "GRANT EXECUTE ON FUNCTION bank.get_account(text) TO PUBLIC",
                "WARNING: taken away by the reload: GRANT SELECT ON bank.legs TO reader_of_views",
            ]
            load(url)
            assert capsys.readouterr().err == ""
        finally:
            db.execute(sql.SQL("DROP OWNED BY {}").format(role))
            db.execute(sql.SQL("DROP ROLE {}").format(role))
