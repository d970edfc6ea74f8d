"""Many ledgers in one database: each by itself, with roles of its own or shared ones."""

import json

import psycopg
import pytest

from dev.testbed import scratch_database
from pgteller.embedded.database import create_web_role
from pgteller.install import load
from pgteller.install.ledgers import ledgers
from pgteller.install.migrations import connect
from pgteller.names import Names
from pgteller.outside.run import verify
from pgteller.shell import create_app
from pgteller.urls import with_parts
from tests.cli import pgteller

BANK, SHOP, MALL = Names(), Names("shop1"), Names("mall", "bank")
ALL = BANK, SHOP, MALL
# The names of another ledger, in code: a schema and a dot, comments left out.
FOREIGN = r"""
SELECT p.oid::regprocedure::text
FROM pg_proc AS p
WHERE p.pronamespace IN ('shop1'::regnamespace, 'shop1_engine'::regnamespace)
    AND (
        regexp_replace(p.prosrc, '--[^\n]*', '', 'g') ~ '\m(bank|engine|ledger)\.[a-z_"%]'
        OR p.proacl::text ~ 'bank_' OR p.proowner::regrole::text ~ 'bank_'
    )
"""


@pytest.fixture(scope="module")
def mall(server):
    """A database with three ledgers, in each of which something was done."""
    with scratch_database(server) as url:
        for names in ALL:
            load(url, names)
        with psycopg.connect(url, autocommit=True) as db:
            for names in ALL:
                for name in "alice", "bank", "ledger":
                    db.execute(f"SELECT {names.schema}.create_account(%s)", [name])
                    db.execute(f"SELECT {names.schema}.deposit(%s, 100)", [name])
                db.execute(f"SELECT {names.schema}.pay('alice', 50, 'bank')")
                db.execute(f"SELECT {names.schema}.transfer('bank', 'ledger', 7)")
                db.execute(f"SELECT {names.schema}.number_events()")
        yield url


@pytest.fixture
def db(mall):
    with psycopg.connect(mall) as db:
        yield db
        db.rollback()


def wrong(db, names):
    query = f'SELECT "check" FROM {names.schema}.verify_ledger() WHERE NOT ok'
    return {check for (check,) in db.execute(query)}


def test_each_is_there(mall):
    with connect(mall) as connection:
        assert ledgers(connection) == ([BANK, MALL, SHOP], [])


def test_no_function_names_another_ledger(db):
    assert db.execute(FOREIGN).fetchall() == []


@pytest.mark.parametrize("names", ALL, ids=lambda names: names.schema)
def test_each_is_proved_by_itself(mall, db, names):
    assert wrong(db, names) == set()
    for processes in 1, 2:
        assert verify(mall, names=names, processes=processes).as_json()["ok"]


@pytest.mark.parametrize("names", ALL, ids=lambda names: names.schema)
def test_keys_take_the_roles_of_their_ledger(mall, names, monkeypatch):
    """Be they called otherwise than its schema; and no others, which would be those of another."""
    login = f"{names.schema}_{names.roles}_keyed"
    for name, value in ("AUTH", "keys"), ("PGTELLER_SCHEMA", names.schema):
        monkeypatch.setenv(name, value)
    with psycopg.connect(mall, autocommit=True) as db:
        query = f"SELECT secret FROM {names.schema}.create_api_key(%s, 'teller')"
        (secret,) = db.execute(query, [f"till-{names.schema}"]).fetchone()
        db.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
        try:
            db.execute(f"GRANT {names.role('operator')} TO {login}")
            url = with_parts(mall, user=login, password="x")
            done = pgteller("serve", url=url, AUTH="keys", PGTELLER_SCHEMA=names.schema)
            assert f"GRANT {names.role('auditor')} TO it." in done.output
            db.execute(f"GRANT {names.role('auditor')} TO {login}")
            app = create_app(url)
            client = app.test_client()
            assert client.get("/health/ready").status_code == 200
            headers = {"Authorization": f"Bearer {secret}"}
            assert client.get("/accounts/alice", headers=headers).status_code == 200
            frozen = client.post("/accounts/alice/freeze", json={"reason": "why"}, headers=headers)
            assert (frozen.status_code, frozen.json["role"]) == (403, "teller")
            app.extensions["pool"].close()
        finally:
            db.execute(f"DROP ROLE {login}")


def test_damage_of_one_is_its_own(db):
    db.execute("SET LOCAL session_replication_role = replica")
    db.execute("UPDATE shop1_ledger.accounts SET balance = balance + 1 WHERE account_id = 'alice'")
    assert wrong(db, SHOP) == {"accounts_match_newest_leg", "balances_are_sums", "books_balance"}
    assert wrong(db, BANK) == wrong(db, MALL) == set()


def test_a_function_that_calls_another_ledger_is_noticed(server, mall):
    """Outside, too, where the names are turned back to those of the release."""
    with psycopg.connect(mall, autocommit=True) as db:
        [(own,)] = db.execute("SELECT pg_get_functiondef('mall_engine.now()'::regprocedure)")
        db.execute(
            "CREATE OR REPLACE FUNCTION mall_engine.now() RETURNS bigint LANGUAGE sql "
            "AS 'SELECT engine.now()'"
        )
        try:
            assert wrong(db, MALL) == {"installed_as_released"}
            found = verify(mall, names=MALL, processes=1).as_json()
            [check] = [check for check in found["checks"] if not check["ok"]]
            assert check["sample"][0]["found"] == {
                "object": "function mall_engine.now()",
                "found": "changed",
            }
        finally:
            db.execute(own)


def test_roles_of_one_are_none_of_another(mall):
    with psycopg.connect(mall) as db:
        db.execute("SET LOCAL ROLE shop1_operator")
        db.execute("SELECT shop1.deposit('alice', 1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("SELECT bank.deposit('alice', 1)")
        db.rollback()
        db.execute("SET LOCAL ROLE bank_operator")
        db.execute("SELECT mall.deposit('alice', 1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("SELECT shop1.deposit('alice', 1)")
        db.rollback()


def test_money_goes_from_one_to_another_in_one_transaction(db):
    db.execute("SELECT bank.withdraw('alice', 5)")
    db.execute("SELECT shop1.deposit('alice', 5)")
    assert wrong(db, BANK) == wrong(db, SHOP) == set()


def test_an_error_names_its_own(db):
    with pytest.raises(psycopg.DatabaseError, match="account_not_found"):
        db.execute("SELECT shop1.deposit('nobody', 5)")


def test_all_are_upgraded_together(mall):
    done = pgteller("migrate", "--all", url=mall)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["bank:", "mall:", "shop1:"]
    told = pgteller("migrate", "--all", "--dry-run", url=mall).output.splitlines()
    assert told[1:] == [f"{name}: Nothing is pending." for name in ("bank", "mall", "shop1")]


@pytest.mark.first_server
def test_a_web_server_of_one(mall, monkeypatch):
    monkeypatch.setenv("PGTELLER_SCHEMA", "shop1")
    app = create_app(create_web_role(mall, names=SHOP))
    client = app.test_client()
    assert client.post("/accounts", json={"account_id": "web"}).status_code == 201
    assert client.post("/deposits", json={"account_id": "web", "amount": 5}).status_code == 200
    assert client.get("/health/ready").json["status"] == "ok"
    events = [event["account_id"] for event in client.get("/events").json["events"]]
    assert "alice" in events
    app.extensions["pool"].close()
    with psycopg.connect(mall) as db:
        there = "SELECT count(*) FROM {} WHERE account_id = 'web'"
        assert db.execute(there.format("shop1_ledger.accounts")).fetchone() == (1,)
        assert db.execute(there.format("ledger.accounts")).fetchone() == (0,)


@pytest.mark.first_server
def test_commands_on_one(mall):
    opened = pgteller("--schema", "shop1", "account", "open", "cli", "--json", url=mall)
    assert json.loads(opened.stdout)["account_id"] == "cli"
    assert pgteller("--schema", "shop1", "deposit", "cli", "5", url=mall).exit_code == 0
    assert "account_not_found" in pgteller("balance", "cli", url=mall).output
    for arguments in (), ("--outside", "--processes", "1"):
        assert pgteller("--schema", "shop1", "verify", *arguments, url=mall).exit_code == 0
    assert pgteller("--schema", "nowhere", "status", url=mall).exit_code == 2
