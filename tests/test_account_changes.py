"""Freezing, blocking, closing, limits, metadata, collecting."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.http_helpers import DAY, MAX, T0, wait_for_locks


def change(bank, account_id, what, **body):
    return bank.post(f"/accounts/{account_id}/{what}", **{"reason": "because", **body})


def test_a_frozen_account_takes_credits_only(bank):
    one, two = bank.account(balance=10), bank.account(balance=10)
    reply = change(bank, one, "freeze", reason="suspicion", metadata={"case": 7})
    assert (reply.status, reply["status"], reply["balance"]) == (200, "frozen", 10)
    assert bank.post("/withdrawals", account_id=one, amount=1).code == "account_frozen"
    body = {"source_account_id": two, "target_account_id": one, "amount": 1}
    assert bank.post("/transfers", **body).status == 200
    line = next(line for line in bank.history(one) if line["operation"] == "freeze_account")
    assert line["amount"] == 0
    assert line["details"] == {
        "reason": "suspicion",
        "status": "frozen",
        "previous_status": "active",
    }
    assert line["metadata"] == {"case": 7}
    assert change(bank, one, "unfreeze")["status"] == "active"
    assert bank.post("/withdrawals", account_id=one, amount=1).status == 200


def test_a_blocked_account_takes_neither(bank):
    one = bank.account(balance=10)
    assert change(bank, one, "block")["status"] == "blocked"
    assert bank.post("/withdrawals", account_id=one, amount=1).code == "account_blocked"
    assert bank.post("/deposits", account_id=one, amount=1).code == "account_blocked"
    assert change(bank, one, "freeze")["status"] == "frozen"
    assert bank.post("/deposits", account_id=one, amount=1).status == 200
    assert change(bank, one, "block")["status"] == "blocked"
    assert change(bank, one, "unfreeze")["status"] == "active"


@pytest.mark.parametrize(("what", "status"), [("freeze", "frozen"), ("block", "blocked")])
def test_a_change_that_changes_nothing(bank, what, status):
    one = bank.account()
    assert change(bank, one, "unfreeze").code == "status_unchanged"
    change(bank, one, what)
    reply = change(bank, one, what)
    assert (reply.status, reply.code) == (409, "status_unchanged")
    assert reply["account_status"] == status


def test_closing_is_for_ever(bank):
    one = bank.account(balance=10)
    reply = change(bank, one, "close")
    assert (reply.status, reply.code, reply["balance"]) == (409, "balance_not_zero", 10)
    bank.post("/withdrawals", account_id=one, amount=10)
    closed = change(bank, one, "close")
    assert (closed["status"], closed["version"]) == ("closed", 4)
    for what in "close", "freeze", "block", "unfreeze":
        assert change(bank, one, what).code == "account_closed"
    assert bank.post("/deposits", account_id=one, amount=1).code == "account_closed"
    assert bank.post("/accounts", account_id=one).code == "account_exists"
    assert bank.get(f"/accounts/{one}")["status"] == "closed"


def test_closing_waits_for_cashback(bank):
    one = bank.account(balance=100, timestamp=T0)
    bank.post("/payments", account_id=one, amount=100, timestamp=T0)
    reply = change(bank, one, "close", timestamp=T0 + DAY - 1)
    assert (reply.code, reply["pending_cashback"]) == ("cashback_pending", 2)
    assert reply["next_cashback_due"] == T0 + DAY
    reply = change(bank, one, "close", timestamp=T0 + DAY)
    assert (reply.code, reply["balance"]) == ("balance_not_zero", 2)
    bank.post("/withdrawals", account_id=one, amount=2, timestamp=T0 + DAY)
    assert change(bank, one, "close", timestamp=T0 + DAY)["status"] == "closed"


def test_the_overdraft_limit(bank):
    one = bank.account()
    path = f"/accounts/{one}/overdraft-limit"
    reply = bank.put(path, overdraft_limit=100, reason="good customer")
    assert (reply.status, reply["overdraft_limit"], reply["available"]) == (200, 100, 100)
    bank.post("/withdrawals", account_id=one, amount=60)
    reply = bank.put(path, overdraft_limit=59, reason="less")
    assert (reply.status, reply.code, reply["lowest"]) == (409, "overdraft_in_use", 60)
    reply = bank.put(path, overdraft_limit=60, reason="less")
    assert (reply["overdraft_limit"], reply["available"], reply["version"]) == (60, 0, 4)
    assert bank.put(path, overdraft_limit=60, reason="again")["version"] == 4
    line = bank.history(one)[-1]
    assert line["details"] == {
        "reason": "less",
        "overdraft_limit": 60,
        "previous_overdraft_limit": 100,
    }


@pytest.mark.parametrize("limit", [-1, MAX + 1])
def test_limits_that_are_none(bank, limit):
    path = f"/accounts/{bank.account()}/overdraft-limit"
    assert bank.put(path, overdraft_limit=limit, reason="x").code == "invalid_argument"


def test_the_largest_limit(bank):
    path = f"/accounts/{bank.account(balance=1)}/overdraft-limit"
    assert bank.put(path, overdraft_limit=MAX, reason="x").code == "balance_limit_exceeded"
    assert bank.put(path, overdraft_limit=MAX - 1, reason="x")["available"] == MAX


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_reasons_that_are_none(bank, reason):
    reply = change(bank, bank.account(), "freeze", reason=reason)
    assert (reply.status, reply.code, reply["argument"]) == (422, "invalid_argument", "reason")


def test_metadata_is_replaced_as_a_whole(bank):
    one = bank.account(metadata={"a": 1, "b": 2})
    path = f"/accounts/{one}/metadata"
    assert bank.put(path, metadata={"b": 3})["metadata"] == {"b": 3}
    assert bank.get(f"/accounts/{one}")["metadata"] == {"b": 3}
    details = bank.history(one)[-1]["details"]
    assert details == {"metadata": {"b": 3}, "previous_metadata": {"a": 1, "b": 2}}
    for metadata in [], "x", None:
        assert bank.put(path, metadata=metadata).code == "invalid_metadata"
    change(bank, one, "close")
    assert bank.put(path, metadata={})["metadata"] == {}


def test_a_key_repeats_the_answer(bank):
    one = bank.account()
    first = change(bank, one, "freeze", key="k")
    change(bank, one, "unfreeze")
    again = change(bank, one, "freeze", key="k")
    assert again.body == first.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert bank.get(f"/accounts/{one}")["status"] == "active"
    assert change(bank, one, "freeze", key="k", reason="x").code == "idempotency_key_reused"
    assert change(bank, one, "block", key="k").code == "idempotency_key_reused"


def test_collecting_and_back(bank):
    payer, shop = bank.account(balance=100), bank.account()
    path = f"/accounts/{shop}/collecting"
    assert bank.put(path, collecting=True)["collecting"] is True
    body = {"source_account_id": payer, "target_account_id": shop}
    for amount in 1, 2, 3:
        bank.post("/transfers", **body, amount=amount)
    assert bank.get(f"/accounts/{shop}")["version"] == 2
    assert bank.balance(shop) == 6
    assert change(bank, shop, "close").code == "account_collecting"
    reply = bank.put(path, collecting=False)
    assert (reply["collecting"], reply["balance"], reply["version"]) == (False, 6, 6)
    assert [line["amount"] for line in bank.history(shop)] == [0, 0, 1, 2, 3, 0]
    assert bank.put(path, collecting=False)["version"] == 6


def test_no_credit_is_left_behind(bank, connect):
    """One payer has not committed yet, another comes while the account stops collecting."""
    payer, other, shop = bank.account(balance=9), bank.account(balance=9), bank.account()
    bank.put(f"/accounts/{shop}/collecting", collecting=True)
    slow, late, watcher = connect(), connect(), connect()
    transfer = "SELECT bank.transfer(%s, %s, 5)"
    slow.execute("BEGIN")
    slow.execute(transfer, [payer, shop])
    stopped = threading.Event()

    def stop():
        reply = bank.another().put(f"/accounts/{shop}/collecting", collecting=False)
        stopped.set()
        return reply

    with ThreadPoolExecutor(2) as threads:
        stopping = threads.submit(stop)
        wait_for_locks(watcher, 1)
        late.execute("BEGIN")
        paying = threads.submit(late.execute, transfer, [other, shop])
        assert not stopped.is_set()
        slow.execute("COMMIT")
        paying.result()
        late.execute("COMMIT")
        assert stopping.result().status == 200
    account = bank.get(f"/accounts/{shop}")
    assert (account["balance"], account["collecting"]) == (10, False)
    left = "SELECT count(*) FROM ledger.collected_credits WHERE account_id = %s"
    assert watcher.execute(left, [shop]).fetchone() == (0,)


def test_paying_by_an_old_snapshot_to_one_that_collects_no_more(bank, connect):
    payer, shop = bank.account(balance=9), bank.account()
    bank.put(f"/accounts/{shop}/collecting", collecting=True)
    late = connect()
    late.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    late.execute("SELECT bank.get_account(%s)", [shop])
    assert bank.put(f"/accounts/{shop}/collecting", collecting=False).status == 200
    with pytest.raises(psycopg.errors.SerializationFailure):
        late.execute("SELECT bank.transfer(%s, %s, 5)", [payer, shop])
    late.execute("ROLLBACK")
    assert bank.balance(shop) == 0


def test_paying_while_it_stops_and_starts_collecting(bank):
    payers = [bank.account(balance=100) for _ in range(4)]
    shop = bank.account()

    def pay(payer):
        mine = bank.another()
        body = {"source_account_id": payer, "target_account_id": shop, "amount": 1}
        return [mine.post("/transfers", **body).status for _ in range(25)]

    def toggle():
        mine = bank.another()
        return [
            mine.put(f"/accounts/{shop}/collecting", collecting=n % 2 == 0).status
            for n in range(20)
        ]

    with ThreadPoolExecutor(5) as threads:
        toggling = threads.submit(toggle)
        statuses = [status for done in threads.map(pay, payers) for status in done]
        assert set(toggling.result()) == {200}
    assert statuses == [200] * 100
    account = bank.get(f"/accounts/{shop}")
    assert (account["balance"], account["collecting"]) == (100, False)
    lines = bank.history(shop, limit=1000)
    assert sum(line["amount"] for line in lines) == 100
    assert all(line["hash"] for line in lines)


def test_closing_against_a_credit(bank, connect):
    """Whoever has the account first wins; the other one sees it."""
    one = bank.account()
    first, watcher = connect(), connect()
    first.execute("BEGIN")
    first.execute("SELECT bank.deposit(%s, 5)", [one])
    with ThreadPoolExecutor(1) as threads:
        closing = threads.submit(change, bank.another(), one, "close")
        wait_for_locks(watcher, 1)
        first.execute("COMMIT")
        assert closing.result().code == "balance_not_zero"
        bank.post("/withdrawals", account_id=one, amount=5)
        first.execute("BEGIN")
        first.execute("SELECT bank.close_account(%s, 'x')", [one])
        paying = threads.submit(bank.another().post, "/deposits", account_id=one, amount=5)
        wait_for_locks(watcher, 1)
        first.execute("COMMIT")
        assert paying.result().code == "account_closed"


def test_freezing_against_a_debit(bank, connect):
    one = bank.account(balance=5)
    first, watcher = connect(), connect()
    first.execute("BEGIN")
    first.execute("SELECT bank.freeze_account(%s, 'x')", [one])
    with ThreadPoolExecutor(1) as threads:
        paying = threads.submit(bank.another().post, "/withdrawals", account_id=one, amount=5)
        wait_for_locks(watcher, 1)
        first.execute("COMMIT")
        assert paying.result().code == "account_frozen"
    assert bank.balance(one) == 5


def test_cashback_policies(bank, db):
    db.execute("SELECT FROM bank.create_currency('TEST_POL', 2)")
    one = bank.account(balance=10000, currency="TEST_POL", timestamp=T0)
    body = {"account_id": one, "amount": 1000, "timestamp": T0}
    assert bank.post("/payments", **body)["cashback"] is None
    path = "/cashback-policies/TEST_POL"
    policy = bank.put(path, rate_bps=500, delay_ms=1000)
    assert policy.body == {
        "currency": "TEST_POL",
        "rate_bps": 500,
        "delay_ms": 1000,
        "max_amount": None,
    }
    first = bank.post("/payments", **body)
    assert first["cashback"] == {"amount": 50, "due_at": T0 + 1000}
    bank.put(path, rate_bps=500, max_amount=7)
    assert bank.post("/payments", **body)["cashback"] == {"amount": 7, "due_at": T0 + DAY}
    assert bank.get(f"/payments/{first['payment_id']}")["cashback"]["amount"] == 50
    bank.put(path, rate_bps=0)
    assert bank.post("/payments", **body)["cashback"] is None
    page = bank.get("/cashback-policies", after="TEST_POK", limit=1)
    assert page["cashback_policies"][0]["currency"] == "TEST_POL"


@pytest.mark.parametrize(
    ("body", "argument"),
    [
        ({"rate_bps": -1}, "rate_bps"),
        ({"rate_bps": 10001}, "rate_bps"),
        ({"rate_bps": 1, "delay_ms": -1}, "delay_ms"),
        ({"rate_bps": 1, "delay_ms": 315576000001}, "delay_ms"),
        ({"rate_bps": 1, "max_amount": -1}, "max_amount"),
        ({"rate_bps": 1, "max_amount": MAX + 1}, "max_amount"),
    ],
)
def test_policies_that_are_none(bank, body, argument):
    reply = bank.put("/cashback-policies/EUR", **body)
    assert (reply.code, reply["argument"]) == ("invalid_argument", argument)


def test_a_policy_of_no_currency(bank):
    assert bank.put("/cashback-policies/XXX", rate_bps=1).code == "unknown_currency"
    assert bank.put("/cashback-policies/EUR", rate_bps=2**40).code == "invalid_argument"


def test_an_account_that_is_ahead_of_the_clock_is_brought_back(bank):
    ahead = int(time.time() * 1000) + 50_000
    one, other = bank.account(balance=10, timestamp=ahead), bank.account()
    assert bank.get(f"/accounts/{one}")["last_timestamp"] == ahead
    back = change(bank, one, "rewind")
    assert (back["balance"], back["version"]) == (10, 3)
    assert back["last_timestamp"] < ahead
    moved = bank.post("/transfers", source_account_id=one, target_account_id=other, amount=1)
    assert moved["timestamp"] < ahead
    assert change(bank, one, "rewind").code == "account_not_ahead"
    newest = bank.history(one)[2]
    assert (newest["operation"], newest["amount"]) == ("rewind_account", 0)
    assert newest["details"]["previous_timestamp"] == ahead
