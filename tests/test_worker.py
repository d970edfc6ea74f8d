"""The worker: what falls due is done, and events are sent at least once and in order."""

import hashlib
import hmac
import json
import signal
import threading
import time
from collections import defaultdict

import psycopg
import pytest

from pgteller.shell import db as web_db
from pgteller.worker import CHORES, Worker
from tests.http_helpers import T0, fresh
from tests.sending import SECRET, deliveries, hook, work, worker

pytestmark = pytest.mark.usefixtures("receivers_are_here")


def test_what_is_due_is_done(bank, app, db):
    one, shop = bank.account(balance=100_000, timestamp=T0), bank.account(timestamp=T0)
    db.execute("SELECT FROM bank.set_collecting(%s, true, %s)", [shop, T0])
    bank.post("/payments", account_id=one, amount=10_000, timestamp=T0)
    bank.post("/holds", account_id=one, amount=5, timestamp=T0, expires_at=T0 + 1)
    bank.post(
        "/schedules",
        source_account_id=one,
        target_account_id=shop,
        amount=7,
        run_at=T0 + 2,
        timestamp=T0,
    )
    work(app)
    assert [line["operation"] for line in bank.history(one)[2:]] == [
        "pay",
        "hold",
        "schedule_transfer",
        "expire_hold",
        "cashback",
        "transfer",
    ]
    work(app)
    assert db.execute("SELECT count(*) FROM ledger.collected_credits").fetchone() == (0,)
    assert bank.history(shop)[-1]["version"] == 3


def test_an_event_is_sent_and_signed(bank, app, receiver):
    one = bank.account()
    webhook_id = hook(bank, receiver.url, account_id=one, types=["deposit"])
    before = int(time.time())
    bank.post("/deposits", account_id=one, amount=5, metadata={"name": "Zoë"})
    bank.post("/withdrawals", account_id=one, amount=5)
    work(app)
    (event,), (headers,), (body,) = receiver.got, receiver.headers, receiver.bodies
    shown = bank.get("/events", after=event["event_id"] - 1, limit=1)["events"][0]
    assert {name: event[name] for name in shown} == shown
    assert (event["account_id"], event["type"], event["amount"]) == (one, "deposit", 5)
    assert event["path"] == "/hook"
    assert headers["Content-Type"] == "application/json"
    stamp, digest = headers["Pgteller-Signature"].split(",")
    seconds = stamp.removeprefix("t=")
    expected = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    assert digest == "v1=" + expected.hexdigest()
    assert before <= int(seconds) <= time.time()
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["attempts"], delivery["last_status"]) == (
        "delivered",
        1,
        200,
    )
    work(app)
    assert len(receiver.got) == 1


def test_in_order_per_account_whatever_fails(bank, app, receiver, db):
    bad, good = bank.account(), bank.account()
    webhook_id = hook(bank, receiver.url, types=["deposit"])
    for amount in range(1, 4):
        for account_id in bad, good:
            bank.post("/deposits", account_id=account_id, amount=amount)
    receiver.answer = lambda event: (
        503 if (event["account_id"], event["amount"]) == (bad, 2) else 200
    )
    work(app)

    def arrived(account_id):
        return [event["amount"] for event in receiver.got if event["account_id"] == account_id]

    assert (arrived(bad), arrived(good)) == ([1, 2], [1, 2, 3])
    failing, waiting = deliveries(bank, webhook_id, status="pending")
    assert (failing["attempts"], failing["last_status"]) == (1, 503)
    assert 0 < failing["next_attempt_at"] - failing["last_attempt_at"] < 60_000
    assert (waiting["attempts"], waiting["next_attempt_at"]) == (0, None)
    work(app)
    assert arrived(bad) == [1, 2]
    db.execute(
        "UPDATE ledger.webhook_deliveries SET next_attempt_at = 0"
        " WHERE attempts = 1 AND status = 'pending'"
    )
    receiver.answer = lambda event: 200
    work(app)
    assert arrived(bad) == [1, 2, 2, 3]
    assert deliveries(bank, webhook_id, status="pending") == []


@pytest.mark.parametrize(("status", "told"), [(302, 302), (404, 404), (500, 500), (None, None)])
def test_what_is_no_success(bank, app, receiver, status, told):
    if status is None:
        receiver.server.socket.close()  # nobody listens any more
    receiver.answer = lambda event: status
    one = bank.account()
    webhook_id = hook(bank, receiver.url, account_id=one)
    bank.post("/deposits", account_id=one, amount=5)
    work(app)
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["last_status"]) == ("pending", told)
    assert (delivery["last_error"] is None) == (told is not None)
    assert [event["path"] for event in receiver.got] == (["/hook"] if told else [])


def test_several_workers_share_and_keep_the_order(bank, app_url, receiver):
    accounts = [bank.account() for _ in range(6)]
    webhook_id = hook(bank, receiver.url, types=["deposit"])
    with worker(app_url), worker(app_url):
        for amount in range(1, 11):
            for account_id in accounts:
                bank.post("/deposits", account_id=account_id, amount=amount)
        receiver.wait_for(60)
    arrived = defaultdict(list)
    for event in receiver.got:
        arrived[event["account_id"]].append(event["amount"])
    assert arrived == {account_id: list(range(1, 11)) for account_id in accounts}
    assert {one["attempts"] for one in deliveries(bank, webhook_id)} == {1}


def test_a_killed_worker_loses_nothing(bank, app_url, receiver, db, app):
    one = bank.account()
    webhook_id = hook(bank, receiver.url, account_id=one)
    asked, go_on = threading.Event(), threading.Event()

    def answer(event):
        asked.set()
        return 200 if go_on.wait(30) else 500

    receiver.answer = answer
    bank.post("/deposits", account_id=one, amount=5)
    with worker(app_url) as process:
        assert asked.wait(30)
        process.kill()
        process.wait()
    go_on.set()
    receiver.wait_for(1)
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["attempts"]) == ("pending", 1)
    # Whether it is believed to live is a matter of seconds, which are not waited for here.
    db.execute("UPDATE ledger.worker_heartbeats SET believed_until = 9000000000000000")
    work(app)
    assert len(receiver.got) == 1
    db.execute("UPDATE ledger.worker_heartbeats SET believed_until = 0")
    work(app)
    assert [event["event_id"] for event in receiver.got] == [delivery["event_id"]] * 2
    assert deliveries(bank, webhook_id)[0]["status"] == "delivered"


def test_sigterm_drains(bank, app_url, receiver):
    one = bank.account()
    webhook_id = hook(bank, receiver.url, account_id=one)
    asked, go_on = threading.Event(), threading.Event()

    def answer(event):
        asked.set()
        return 200 if go_on.wait(30) else 500

    receiver.answer = answer
    bank.post("/deposits", account_id=one, amount=5)
    with worker(app_url) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGTERM)
        assert process.poll() is None
        go_on.set()
        log = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 0, log
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)


def test_webhooks_come_and_go(bank, receiver):
    webhook_id = hook(bank, receiver.url, types=["pay"], after=0)
    (shown,) = bank.get("/webhooks")["webhooks"]
    assert (shown["webhook_id"], shown["types"], shown["queued_to"]) == (webhook_id, ["pay"], 0)
    assert "secret" not in shown
    made = bank.post("/webhooks", url=receiver.url)
    assert made["secret"].startswith("whsec_")
    deleted = shown | {"status": "deleted"}
    assert bank.post(f"/webhooks/{webhook_id}/delete").body == deleted
    assert bank.post(f"/webhooks/{webhook_id}/delete").code == "webhook_not_found"
    assert [one["webhook_id"] for one in bank.get("/webhooks")["webhooks"]] == [made["webhook_id"]]


def test_what_no_webhook_can_be(bank):
    for wrong in (
        {"url": "file:///etc/passwd"},
        {"url": "http://me:secret@example.com"},
        {"url": ""},
    ):
        assert bank.post("/webhooks", **wrong).code == "invalid_url"
    for wrong in {"secret": "short"}, {"types": []}, {"types": ["PAY"]}, {"after": -1}:
        assert bank.post("/webhooks", url="http://example.com", **wrong).code == "invalid_argument"
    for wrong in {"types": "pay"}, {"types": [7]}, {"after": "x"}:
        assert bank.post("/webhooks", url="http://example.com", **wrong).code == "invalid_request"
    reply = bank.post("/webhooks", url="http://example.com", account_id=fresh())
    assert reply.code == "account_not_found"


def test_once(bank, app_url, receiver):
    one = bank.account()
    webhook_id = hook(bank, receiver.url, account_id=one)
    bank.post(
        "/payments", account_id=bank.account(balance=100, timestamp=T0), amount=100, timestamp=T0
    )
    bank.post("/deposits", account_id=one, amount=5)
    with worker(app_url, "--once") as process:
        log = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 0, log
    assert {json.loads(line)["message"] for line in log.splitlines()} == {
        *("starts", "worked", "sent", "stops")
    }
    assert deliveries(bank, webhook_id)[0]["status"] == "delivered"


def test_chores_take_turns(bank, app, db, monkeypatch):
    """One that never comes to an end does not keep the others waiting."""
    poor, shop = bank.account(timestamp=T0), bank.account(timestamp=T0)
    for n in range(10):
        bank.post(
            "/schedules",
            source_account_id=poor,
            target_account_id=shop,
            amount=7,
            run_at=T0 + n,
            every="PT1M",
            timestamp=T0,
        )
    payer = bank.account(balance=1000, timestamp=T0)
    rounds = 3
    called = []
    once = Worker(app, interval=0.05, once=True)
    row = web_db.row

    def spy(function, arguments):
        when = T0 + 2 * 86_400_000 * len(called)  # the cashback of the one before is settled
        if function not in CHORES:
            return row(function, arguments)
        called.append(function)
        if function == "run_schedules":  # while that goes on
            bank.post("/payments", account_id=payer, amount=50, timestamp=when)
        if len(called) == rounds * len(CHORES):
            once.stopping.set()
        return row(function, arguments)

    monkeypatch.setattr(web_db, "row", spy)
    with app.app_context():
        once.chores()
    db.execute(
        "SELECT bank.cancel_schedule('schedule' || schedule_number)"
        " FROM ledger.schedules WHERE status = 'active'"
    )
    assert called == [*CHORES] * rounds
    posted = db.execute(
        "SELECT count(*) FROM ledger.ledger_transactions"
        " WHERE account_id = %s AND operation = 'cashback'",
        [payer],
    )
    assert posted.fetchone() == (rounds - 1,)


def test_a_chore_that_fails_stops_no_other(app, monkeypatch, caplog):
    once = Worker(app, interval=0.05, once=True)
    row = web_db.row
    called = []

    def spy(function, arguments):
        called.append(function)
        if function in ("settle_cashbacks", "fold_collected"):
            raise psycopg.DataError("too much of it")
        return row(function, arguments)

    monkeypatch.setattr(web_db, "row", spy)
    with app.app_context(), caplog.at_level("WARNING", logger="web"):
        once.chores()
    assert [*dict.fromkeys(called)] == [*CHORES]
    assert once.failed
    said = [(record.message, record.step) for record in caplog.records]
    assert said == [("worker waits", name) for name in ("settle_cashbacks", "fold_collected")]


def test_sending_that_fails_is_tried_less_and_less_often(app, monkeypatch, caplog):
    """It was tried, and told of, with each look."""
    long = Worker(app, interval=0.01)
    waits = []

    def spy(function, arguments):
        waits.append(dict(long.patience._waits))
        if len(waits) == 4:
            long.deliveries.stop()
        raise psycopg.DataError("too much of it")

    monkeypatch.setattr(web_db, "row", spy)
    with app.app_context(), caplog.at_level("WARNING", logger="web"):
        long.send()
    assert [wait.get("send") for wait in waits] == [None, 0.01, 0.02, 0.04]
    assert len([one for one in caplog.records if one.message == "worker waits"]) == 4


def test_a_repeated_request_makes_one_webhook(bank, receiver):
    asked = {"url": receiver.url, "key": fresh()}
    made = bank.post("/webhooks", **asked)
    repeated = bank.post("/webhooks", **asked)
    assert (repeated.status, repeated.body) == (made.status, made.body) == (201, made.body)
    assert repeated["secret"].startswith("whsec_")
    assert len(bank.get("/webhooks")["webhooks"]) == 1


def test_no_more_webhooks_than_there_may_be(bank, db):
    db.execute("UPDATE ledger.settings SET webhooks = 1")
    try:
        webhook_id = bank.post("/webhooks", url="http://example.com")["webhook_id"]
        reply = bank.post("/webhooks", url="http://example.com")
        assert (reply.status, reply.code, reply["allowed"]) == (409, "quota_exceeded", 1)
        bank.post(f"/webhooks/{webhook_id}/delete")
        assert bank.post("/webhooks", url="http://example.com")["webhook_id"]
    finally:
        db.execute("UPDATE ledger.settings SET webhooks = 100")


def test_a_database_that_is_away_is_waited_for():
    with worker("postgresql://127.0.0.1:1/nowhere", "--once") as process:
        log = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 2
    said = {json.loads(line)["message"] for line in log.splitlines()}
    waits = {"worker waits", "worker cannot say that it lives", "database unavailable, waited for"}
    assert said == {"starts", "stops", *waits}
