"""What `pgteller status` and `doctor` tell, and whom."""

import json

import psycopg
import pytest

from dev.testbed import scratch_database
from pgteller.install import load
from pgteller.names import Names
from pgteller.urls import with_parts
from tests.cli import pgteller

pytestmark = [pytest.mark.first_server, pytest.mark.direct]

SHOP = Names("shop1")


@pytest.fixture(scope="module")
def logins(server):
    """The URLs of a ledger's roles, and of a stranger, on a ledger that is called otherwise."""
    with scratch_database(server) as url:
        load(url, SHOP)
        with psycopg.connect(url, autocommit=True) as db:
            names = {}
            for role in "operator", "auditor", "teller", "owner", "stranger":
                names[role] = f"status_{role}"
                db.execute(f"DROP ROLE IF EXISTS {names[role]}")
                db.execute(f"CREATE ROLE {names[role]} LOGIN PASSWORD 'x'")
                if role not in ("stranger", "owner"):
                    db.execute(f"GRANT {SHOP.role(role)} TO {names[role]}")
            yield {role: with_parts(url, user=name, password="x") for role, name in names.items()}
            for name in names.values():
                db.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def shop(*arguments, url):
    return pgteller("--schema", "shop1", *arguments, url=url)


def wrong(doctor):
    return [line for line in doctor.output.splitlines() if line.startswith("WRONG")]


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_operators_and_auditors_are_told(logins, role):
    with psycopg.connect(logins["operator"], autocommit=True) as db:
        db.execute("SELECT FROM shop1.number_events()")
    done = shop("status", "--json", url=logins[role])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["schema"], told["roles"], told["legs"]) == ("shop1", "shop1", 1)
    assert (told["pending_migrations"], told["lagging_sequences"]) == ([], [])
    assert told["functions_fit"] is True
    assert told["overdue_ms"] == told["unnumbered_ms"] == 0
    kinds = [proof["kind"] for proof in told["proofs"]]
    assert kinds == ["digest", "digest_handed_out", "verification"]
    lines = shop("status", url=logins[role]).stdout.splitlines()
    for line in (
        "ledger               shop1, roles shop1_...",
        "sequences            ahead of what is in use",
        "unnumbered           nothing",
        "workers              none",
    ):
        assert line in lines
    doctor = shop("doctor", url=logins[role])
    assert wrong(doctor) == ["WRONG  fsync is off"]  # which tests need not have on
    assert "ok     no sequence is behind what is in use" in doctor.stdout
    found = json.loads(shop("doctor", "--json", url=logins[role]).stdout)
    assert {"state": "ok", "what": "no migration is pending", "cure": ""} in found


@pytest.mark.parametrize("role", ["teller", "stranger"])
def test_others_are_told_what_they_lack(logins, role):
    for command in "status", "doctor":
        done = shop(command, url=logins[role])
        assert done.exit_code == 2
        assert (
            f"status_{role} may not ask this: GRANT shop1_operator (or _auditor) TO it."
            in done.output
        )


def test_a_member_of_the_owner_is_told(logins, server):
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("GRANT shop1_owner TO status_owner")
        try:
            assert shop("status", url=logins["owner"]).exit_code == 0
            assert wrong(shop("doctor", url=logins["owner"])) == ["WRONG  fsync is off"]
        finally:
            admin.execute("REVOKE shop1_owner FROM status_owner")


def test_numbers_that_were_leapt_over_wait_for_nobody(server):
    """As after a restore: what has no event yet is told by how long it waits, not by ids."""
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SELECT FROM bank.number_events()")
            db.execute("SELECT setval('ledger.transaction_seq', 1000000)")
            db.execute("SELECT setval('ledger.payment_seq', 1000000)")
        told = json.loads(pgteller("status", "--json", url=url).stdout)
        assert (told["unnumbered_ms"], told["lagging_sequences"]) == (0, [])


def test_sequences_that_lag_are_named(server):
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SELECT FROM bank.create_account('alice')")
            db.execute("SELECT setval('ledger.transaction_seq', 1)")
        told = json.loads(pgteller("status", "--json", url=url).stdout)
        assert told["lagging_sequences"] == ["ledger.transaction_seq"]
        assert "behind what is in use: ledger.transaction_seq" in pgteller("status", url=url).stdout
        done = pgteller("doctor", url=url)
        assert done.exit_code == 1
        assert "SELECT * FROM bank.advance_sequences();" in done.stdout


def test_what_waits_and_who_works(server):
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SELECT FROM bank.create_account_at('alice', \"timestamp\" => 1000)")
            db.execute("SELECT FROM bank.deposit_at('alice', 500, \"timestamp\" => 2000)")
            db.execute("SELECT FROM bank.pay_at('alice', 100, \"timestamp\" => 3000)")
            db.execute("SELECT FROM bank.begin_worker('machine/1', '1')")
        told = json.loads(pgteller("status", "--json", url=url).stdout)
        assert told["overdue_ms"] > 1_000_000_000
        (worker,) = told["workers"]
        assert worker["name"] == "machine/1"
        assert {*worker} == {"name", "alive", "beat_ms_ago"}
        assert "machine/1" in pgteller("status", url=url).stdout
