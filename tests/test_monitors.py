from tests.http_helpers import T0, newest_event


def watch(bank, account_id, comparison="lt", value=50, field="balance", **more):
    body = {"account_id": account_id, "field": field, "comparison": comparison, "value": value}
    return bank.post("/monitors", **body, **more)


def fired(bank, account_id):
    """What the monitors of an account have told: id and number."""
    return [
        (line["details"]["monitor_id"], line["details"]["actual"])
        for line in bank.history(account_id)
        if line["operation"] == "monitor"
    ]


def test_a_monitor_fires_once_per_crossing(bank):
    one = bank.account(balance=100)
    monitor = watch(bank, one)
    assert (monitor.status, monitor["triggered"]) == (201, False)
    for amount in 50, 1, 1:
        bank.post("/withdrawals", account_id=one, amount=amount)
    assert fired(bank, one) == [(monitor["monitor_id"], 49)]
    (listed,) = bank.get(f"/accounts/{one}/monitors")["monitors"]
    assert listed == monitor.body | {"triggered": True}
    bank.post("/deposits", account_id=one, amount=2)
    bank.post("/withdrawals", account_id=one, amount=10)
    assert fired(bank, one) == [(monitor["monitor_id"], 49), (monitor["monitor_id"], 40)]


def test_a_credit_and_a_hold_are_watched_too(bank):
    one, two = bank.account(balance=100), bank.account()
    rich = watch(bank, two, "gte", 10)["monitor_id"]
    short = watch(bank, one, "lt", 20, "available")["monitor_id"]
    bank.post("/transfers", source_account_id=one, target_account_id=two, amount=10)
    bank.post("/holds", account_id=one, amount=80)
    assert fired(bank, two) == [(rich, 10)]
    assert fired(bank, one) == [(short, 10)]


def test_what_falls_due_is_watched(bank):
    one = bank.account(balance=10_000, timestamp=T0)
    bank.post("/payments", account_id=one, amount=5_000, timestamp=T0)
    monitor = watch(bank, one, "gt", 5_000, timestamp=T0)["monitor_id"]
    bank.post("/deposits", account_id=one, amount=1)
    assert fired(bank, one) == [(monitor, 5_100)]


def test_a_firing_is_an_event_of_the_same_transaction(bank, db):
    after = newest_event(db)
    one = bank.account(balance=100)
    watch(bank, one)
    reply = bank.post("/withdrawals", account_id=one, amount=60)
    newest_event(db)
    events = bank.get("/events", after=after)["events"]
    types = [event["type"] for event in events]
    assert types == ["open", "deposit", "create_monitor", "withdraw", "monitor"]
    assert events[-1]["transaction_id"] == reply["transaction_id"]
    assert events[-1]["details"]["actual"] == 40
    assert events[-1]["amount"] == 0


def test_a_deleted_monitor_is_silent(bank):
    one = bank.account(balance=100)
    path = f"/monitors/{watch(bank, one)['monitor_id']}/delete"
    assert bank.post(path).status == 200
    assert bank.post(path).code == "monitor_not_found"
    bank.post("/withdrawals", account_id=one, amount=60)
    assert fired(bank, one) == []
    assert bank.get(f"/accounts/{one}/monitors")["monitors"] == []


def test_what_cannot_be_watched(bank):
    one = bank.account()
    for wrong in {"field": "pending"}, {"comparison": "<"}, {"value": 2**53}:
        assert watch(bank, one, **wrong).code == "invalid_argument"
    for wrong in {"value": 1.5}, {"value": None}, {"field": 7}, {"colour": "red"}:
        assert watch(bank, one, **wrong).code == "invalid_request"


def test_the_books_know_of_monitors(bank, db):
    one = bank.account(balance=100)
    watch(bank, one)
    bank.post("/withdrawals", account_id=one, amount=60)
    wrong = db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok AND \"check\" ~ 'monitor'")
    assert wrong.fetchall() == []


def test_no_more_than_an_account_may_have(bank, db):
    """Each is looked at by every posting: thousands would make those of the account slow."""
    one, two = bank.account(), bank.account()
    made = [watch(bank, one, value=n)["monitor_id"] for n in range(20)]
    reply = watch(bank, one, value=20)
    assert (reply.status, reply.code) == (409, "quota_exceeded")
    assert (reply["quota"], reply["allowed"], reply["in_use"], reply["account_id"]) == (
        "monitors_per_account",
        20,
        20,
        one,
    )
    assert watch(bank, two)["monitor_id"]
    bank.post(f"/monitors/{made[0]}/delete")
    assert watch(bank, one, value=20)["monitor_id"]
    db.execute("UPDATE ledger.settings SET monitors_per_account = 21")
    try:
        assert watch(bank, one, value=21)["monitor_id"]
    finally:
        db.execute("UPDATE ledger.settings SET monitors_per_account = 20")
