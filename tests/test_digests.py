"""Digests over HTTP, and how they are taken beside writers."""

import json
import threading

import psycopg
import pytest

from tests.http_helpers import fresh


def test_take_one_and_verify_it(bank):
    alice = bank.account(1000)
    taken = bank.post("/ledger/digests")
    assert taken.status == 200
    bank.post("/withdrawals", account_id=alice, amount=1)
    verified = bank.post("/ledger/digests/verification", digest=taken.body)
    assert verified.status == 200
    assert verified.body == {
        "ok": True,
        "finding": None,
        "account_id": None,
        "version": None,
        **{name: taken[name] for name in ("transaction_id", "timestamp", "accounts", "legs")},
    }


def test_a_digest_of_something_else(bank):
    taken = bank.post("/ledger/digests", patience=1000).body
    reply = bank.post("/ledger/digests/verification", digest=taken | {"root": "0" * 64})
    assert (reply["ok"], reply["finding"]) == (False, "root_differs")


@pytest.mark.parametrize(
    "digest", [None, {}, [], 7, "x", {"transaction_id": 1}, {"sums": [1.5]}, {"root": "\u0000"}]
)
def test_what_is_no_digest(bank, digest):
    reply = bank.post("/ledger/digests/verification", digest=digest)
    assert reply.status == 422
    assert reply.code in ("invalid_argument", "invalid_request")


def test_patience_out_of_bounds(bank):
    assert bank.post("/ledger/digests", patience=-1).code == "invalid_argument"


def test_an_open_transaction_is_waited_for(bank, connect):
    """It has drawn a lower id, so a digest may neither leave its leg out nor pretend to see it."""
    writer, taker = connect(autocommit=False), connect()
    alice = fresh()
    writer.execute("SELECT bank.create_account(%s)", [alice])
    taker.execute("SELECT bank.create_account(%s)", [fresh()])
    with pytest.raises(psycopg.Error) as busy:
        taker.execute("SELECT bank.ledger_digest(patience => 0)")
    assert busy.value.diag.message_primary == "ledger_busy"
    reply = bank.post("/ledger/digests", patience=0)
    assert (reply.status, reply.code) == (503, "ledger_busy")
    assert reply.headers["Retry-After"] == "1"

    taken = []

    def take():
        taken.append(taker.execute("SELECT bank.ledger_digest(60000)").fetchone()[0])

    thread = threading.Thread(target=take)
    thread.start()
    other = connect()
    other.execute("SELECT bank.create_account(%s)", [fresh()])  # nobody waits for the digest
    writer.commit()
    thread.join()
    covered = other.execute(
        "SELECT transaction_id < %s FROM ledger.ledger_transactions WHERE account_id = %s",
        [taken[0]["transaction_id"], alice],
    ).fetchone()
    assert covered == (True,)
    verify = "SELECT ok FROM bank.verify_digest(%s)"
    assert other.execute(verify, [json.dumps(taken[0])]).fetchone() == (True,)


def test_digests_taken_under_load_stay_true(connect):
    """Ids commit out of order; whatever digests cover must not change when they have."""
    accounts = [fresh() for _ in range(4)]
    shop = fresh()
    db = connect()
    for account in [*accounts, shop]:
        db.execute("SELECT bank.create_account(%s)", [account])
        db.execute("SELECT bank.deposit(%s, 100000)", [account])
    db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])
    stop = threading.Event()
    failures = []

    def work(number):
        own = connect()
        source = accounts[number]
        try:
            while not stop.is_set():
                own.execute("SELECT bank.transfer(%s, %s, 1)", [source, shop])
                own.execute("SELECT bank.transfer(%s, %s, 1)", [source, accounts[(number + 1) % 4]])
                if number == 0:
                    own.execute("SELECT bank.withdraw(%s, 1)", [shop])
        except psycopg.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    digests = [db.execute("SELECT bank.ledger_digest(60000)").fetchone()[0] for _ in range(25)]
    db.execute("SELECT bank.deposit(%s, 1)", [accounts[0]])
    digests.append(db.execute("SELECT bank.ledger_digest(60000)").fetchone()[0])
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert digests[-1]["legs"] > digests[0]["legs"]
    for digest in digests:
        verify = "SELECT ok, finding, account_id FROM bank.verify_digest(%s)"
        assert db.execute(verify, [json.dumps(digest)]).fetchone() == (True, None, None)
