"""Scheduled transfers: each occurrence is paid exactly once, whoever runs them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import T0

HOUR = 3_600_000


@pytest.fixture
def pair(bank):
    return bank.account(balance=1000, timestamp=T0), bank.account(timestamp=T0)


@pytest.fixture(autouse=True)
def nothing_else_is_due(db):
    cancel_all = (
        "SELECT bank.cancel_schedule('schedule' || schedule_number)"
        " FROM ledger.schedules WHERE status = 'active'"
    )
    db.execute(cancel_all)
    yield
    db.execute(cancel_all)


def schedule(bank, pair, run_at, amount=100, timestamp=T0, **more):
    body = {"source_account_id": pair[0], "target_account_id": pair[1], "amount": amount}
    return bank.post("/schedules", **body, run_at=run_at, timestamp=timestamp, **more)


def run(bank, timestamp, **more):
    reply = bank.post("/schedules/runs", timestamp=timestamp, **more)
    return reply["succeeded"], reply["refused"], reply["remaining"]


def test_once(bank, pair):
    made = schedule(bank, pair, T0 + 5, metadata={"why": "rent"})
    assert (made["status"], made["next_run_at"]) == ("active", T0 + 5)
    assert run(bank, T0 + 4) == (0, 0, 0)
    assert run(bank, T0 + 9) == (1, 0, 0)
    assert run(bank, T0 + 9) == (0, 0, 0)
    line = bank.history(pair[0])[-1]
    assert (line["amount"], line["timestamp"], line["metadata"]) == (-100, T0 + 5, {"why": "rent"})
    (one,) = bank.get(f"/schedules/{made['schedule_id']}/runs")["runs"]
    assert (one["status"], one["transaction_id"]) == ("succeeded", line["transaction_id"])
    shown = bank.get("/schedules/" + made["schedule_id"])
    assert (shown["status"], shown["next_run_at"], shown["runs"]) == ("completed", None, 1)


def test_every_month_until(bank, pair):
    january_31 = 1_517_356_800_000  # 2018-01-31T00:00Z
    days = [0, 28, 59]  # February 28, March 31
    until = january_31 + 89 * 24 * HOUR  # April 30
    schedule(bank, pair, january_31, every="P1M", until=until)
    assert run(bank, until) == (3, 0, 0)
    assert [line["timestamp"] for line in bank.history(pair[1])[1:]] == [
        january_31 + day * 24 * HOUR for day in days
    ]


def test_without_money_it_is_tried_again(bank, pair):
    made = schedule(bank, pair, T0 + 1, amount=1001)
    path = "/schedules/" + made["schedule_id"]
    now = T0 + 1
    for hours in 1, 4, 24:
        assert run(bank, now) == (0, 1, 0)
        now += hours * HOUR
        assert bank.get(path)["next_run_at"] == now
    bank.post("/deposits", account_id=pair[0], amount=1, timestamp=now)
    assert run(bank, now) == (1, 0, 0)
    runs = bank.get(path + "/runs")["runs"]
    assert [one["code"] for one in runs] == ["insufficient_funds"] * 3 + [None]
    assert (runs[0]["detail"]["available"], runs[0]["detail"]["required"]) == (1000, 1001)
    assert [one["attempt"] for one in runs] == [1, 2, 3, 4]
    assert {one["occurrence"] for one in runs} == {1}
    page = bank.get(path + "/runs", limit=3)
    assert page["next"] == 3
    assert bank.get(path + "/runs", after=3)["runs"] == runs[3:]


def test_cancelled(bank, pair):
    made = schedule(bank, pair, T0 + 5, every="PT1H")
    path = "/schedules/" + made["schedule_id"]
    run(bank, T0 + 5)
    assert bank.post(path + "/cancel")["status"] == "cancelled"
    reply = bank.post(path + "/cancel")
    assert (reply.status, reply.code) == (409, "schedule_ended")
    assert run(bank, T0 + 9 * HOUR) == (0, 0, 0)
    assert bank.balance(pair[1]) == 100


def test_listed(bank, pair):
    made = [schedule(bank, pair, T0 + n).body for n in range(3)]
    path = f"/accounts/{pair[0]}/schedules"
    assert bank.get(path)["schedules"] == made
    page = bank.get(path, limit=1, after=made[0]["schedule_id"], status="active")
    assert (page["schedules"], page["next"]) == ([made[1]], made[1]["schedule_id"])
    assert bank.get(f"/accounts/{pair[1]}/schedules")["schedules"] == []


def test_any_number_at_once(bank, pair, db):
    """Several runners and a busy account: no occurrence is lost or paid twice."""
    for n in range(8):
        schedule(
            bank, pair if n % 2 else pair[::-1], T0 + n, amount=1, every="PT1M", until=T0 + 600_000
        )
    bank.post("/deposits", account_id=pair[1], amount=1000, timestamp=T0)
    stop = threading.Event()

    def busy():
        own = bank.another()
        while not stop.is_set():
            own.post("/transfers", source_account_id=pair[0], target_account_id=pair[1], amount=1)

    def runner(_):
        own = bank.another()
        while run(own, T0 + 600_000, limit=5)[2]:
            pass

    with ThreadPoolExecutor(5) as pool:
        noise = pool.submit(busy)
        try:
            list(pool.map(runner, range(4)))
        finally:
            stop.set()
        noise.result()
    rows = db.execute(
        "SELECT count(*), count(DISTINCT t.details), count(*) FILTER (WHERE t.amount < 0)"
        " FROM ledger.schedule_runs AS r"
        " JOIN ledger.ledger_transactions AS t USING (transaction_id, account_id)"
        " WHERE account_id = ANY(%s)",
        [list(pair)],
    )
    assert rows.fetchone() == (80, 80, 80)
    wrong = db.execute(
        "SELECT * FROM bank.verify_ledger() WHERE NOT ok AND \"check\" ~ 'run|schedule'"
    )
    assert wrong.fetchall() == []


def test_a_run_that_breaks_off_leaves_nothing(bank, pair, connect, db):
    made = schedule(bank, pair, T0 + 5)
    breaking = connect(autocommit=False)
    assert breaking.execute(
        "SELECT succeeded FROM bank.run_schedules(%s)", [T0 + 9]
    ).fetchone() == (1,)
    assert run(bank, T0 + 9) == (0, 0, 1)
    breaking.rollback()
    assert bank.get("/schedules/" + made["schedule_id"])["status"] == "active"
    assert run(bank, T0 + 9) == (1, 0, 0)
    assert bank.balance(pair[1]) == 100


def test_what_is_wrong(bank, pair):
    for wrong in (
        *({"every": every} for every in ("1 month", "PT0S", "PT1S", "PT59S")),
        *({"time_zone": zone} for zone in ("Berlin", "europe/berlin", "UTC+2", "localtime")),
        {"until": T0 + 9},
        {"run_at": 2**53 - 1},
    ):
        reply = schedule(bank, pair, **{"run_at": T0, **wrong})
        assert (reply.status, reply.code) == (422, "invalid_argument")
        assert reply["argument"] == next(iter(wrong))


def test_the_first_of_the_month_is_the_first_where_the_payer_lives(bank, pair):
    may_1 = 1_525_125_600_000  # 2018-05-01T00:00 in Berlin, which is 22:00Z of the day before
    made = schedule(bank, pair, may_1, every="P1M", time_zone="Europe/Berlin", until=may_1 + 2**33)
    assert made["time_zone"] == "Europe/Berlin"
    assert run(bank, may_1 + 2**33) == (4, 0, 0)
    days = [0, 31, 61, 92]  # June 1, July 1, August 1
    assert [line["timestamp"] for line in bank.history(pair[1])[1:]] == [
        may_1 + day * 24 * HOUR for day in days
    ]


def test_the_log_tells_of_schedules(bank, pair):
    """What is agreed, made, given up and ended: each is an entry, and so an event."""
    made = schedule(bank, pair, T0 + 5, amount=600, every="PT1H", metadata={"why": "rent"})
    for n in range(3):
        run(bank, T0 + 5 + n * HOUR)
    path = "/schedules/" + made["schedule_id"]
    bank.post(path + "/cancel", timestamp=T0 + 3 * HOUR, metadata={"why": "moved"})
    told = bank.history(pair[0])[2:]
    assert [line["operation"] for line in told] == [
        "schedule_transfer",
        "transfer",
        "schedule_failed",
        "schedule_failed",
        "cancel_schedule",
    ]
    assert [line["amount"] for line in told] == [0, -600, 0, 0, 0]
    assert {line["details"]["schedule_id"] for line in told} == {made["schedule_id"]}
    failed = told[2]
    assert failed["details"]["code"] == "insufficient_funds"
    assert failed["details"]["detail"]["available"] == 400
    assert (failed["timestamp"], failed["metadata"]) == (T0 + 5 + HOUR, {"why": "rent"})
    assert [line["details"] for line in bank.history(pair[1])[1:]] == [None]


@pytest.mark.parametrize("status", ["freeze", "block", "close"])
def test_cancelled_whatever_the_status(bank, status):
    pair = bank.account(timestamp=T0), bank.account(timestamp=T0)
    path = "/schedules/" + schedule(bank, pair, T0 + 5)["schedule_id"]
    bank.post(f"/accounts/{pair[0]}/{status}", reason="test")
    assert bank.post(path + "/cancel")["status"] == "cancelled"


def test_no_more_than_an_account_may_have(bank, pair, db):
    db.execute("UPDATE ledger.settings SET schedules_per_account = 2")
    try:
        first = schedule(bank, pair, T0 + 1)["schedule_id"]
        schedule(bank, pair, T0 + 2)
        reply = schedule(bank, pair, T0 + 3)
        assert (reply.status, reply.code) == (409, "quota_exceeded")
        assert (reply["quota"], reply["allowed"], reply["in_use"], reply["account_id"]) == (
            "schedules_per_account",
            2,
            2,
            pair[0],
        )
        schedule(bank, pair[::-1], T0 + 1)["schedule_id"]
        bank.post(f"/schedules/{first}/cancel", timestamp=T0)
        assert schedule(bank, pair, T0 + 3)["status"] == "active"
    finally:
        db.execute("UPDATE ledger.settings SET schedules_per_account = 100")


def test_what_one_account_has_missed_holds_nobody_up(bank, pair):
    """An account that cannot pay is weeks behind; another's rent is made with the next call."""
    poor = bank.account(timestamp=T0), pair[1]
    for n in range(50):
        schedule(bank, poor, T0 + n, every="PT1M")
    now = T0 + 21 * 24 * HOUR
    assert run(bank, now, limit=10)[:2] == (0, 10)
    schedule(bank, pair, now, timestamp=now)
    assert run(bank, now, limit=10)[:2] == (1, 5)
    assert bank.history(pair[0])[-1]["timestamp"] == now
