"""The proof that the books are intact, over HTTP and at the command line."""

import contextlib

import psycopg

from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from tests.cli import pgteller
from tests.http_helpers import T0


def test_all_checks_hold(bank, connect):
    alice, shop = bank.account(1000, timestamp=T0), bank.account(timestamp=T0)
    bank.post("/payments", key="a", account_id=alice, amount=500, merchant_account_id=shop)
    reply = bank.get("/ledger/verification")
    assert reply.status == 200
    assert reply["ok"], reply.body
    names = (
        connect()
        .execute('SELECT array_agg("check" ORDER BY "check") FROM bank.checks')
        .fetchone()[0]
    )
    assert [check["check"] for check in reply["checks"]] == names
    assert all(check["ok"] and check["violations"] == 0 for check in reply["checks"])


def test_all_checks_of_an_account_hold(bank, connect):
    alice, shop = bank.account(1000, timestamp=T0), bank.account(timestamp=T0)
    bank.post("/payments", key="a", account_id=alice, amount=500, merchant_account_id=shop)
    query = 'SELECT array_agg("check" ORDER BY "check") FROM bank.checks WHERE by_account'
    names = connect().execute(query).fetchone()[0]
    for account_id in alice, shop, "@ledger":
        reply = bank.get(f"/accounts/{account_id}/verification")
        assert (reply.status, reply["account_id"]) == (200, account_id)
        assert reply["ok"], reply.body
        assert [check["check"] for check in reply["checks"]] == names
    assert bank.get("/accounts/nobody/verification").code == "account_not_found"


def test_damage_is_named_and_the_command_fails(new_ledger, bank):
    with new_ledger() as url, own_app(url) as app, psycopg.connect(url) as admin:
        own = type(bank)(app.test_client())
        alice = own.account(1000)
        intact = pgteller("verify", url=url)
        assert intact.exit_code == 0, intact.output
        assert "The books are intact." in intact.output

        with admin.transaction():
            admin.execute("SET LOCAL session_replication_role = replica")
            admin.execute("UPDATE ledger.ledger_transactions SET amount = 999 WHERE version = 2")

        reply = own.get("/ledger/verification")
        wrong = {check["check"]: check for check in reply["checks"] if not check["ok"]}
        assert not reply["ok"]
        assert wrong["hashes_recompute"]["violations"] == 1
        (violation,) = wrong["hashes_recompute"]["sample"]
        assert violation["account_id"] == alice
        assert violation["found"]["version"] == 2
        own_word = own.get(f"/accounts/{alice}/verification")
        assert (own_word.status, own_word["ok"]) == (200, False)
        told = {check["check"]: check for check in own_word["checks"]}
        assert told["hashes_recompute"] == wrong["hashes_recompute"]
        assert {name for name, check in told.items() if not check["ok"]} == {*wrong} & {*told}
        command = pgteller("account", "verify", alice, url=url)
        assert command.exit_code == 1
        assert "hashes_recompute" in command.output
        broken = pgteller("verify", url=url)
        assert broken.exit_code == 1
        assert "WRONG hashes_recompute" in broken.output
        assert alice in broken.output
        assert "NOT intact" in broken.output


@contextlib.contextmanager
def own_app(url):
    app = create_app(database_url=create_web_role(url))
    yield app
    app.extensions["pool"].close()
