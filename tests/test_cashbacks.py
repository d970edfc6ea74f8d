import secrets

import pytest

from tests.http_helpers import DAY, MAX, T0

HOUR = 3_600_000


def settle(bank, timestamp):
    """Settle for everyone, also what other tests have left behind."""
    while bank.post("/cashbacks/settlements", timestamp=timestamp)["remaining"]:
        pass


def test_due_to_the_millisecond(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    bank.post("/payments", account_id=account_id, amount=1000, timestamp=T0)
    due = T0 + DAY

    before = bank.get(f"/accounts/{account_id}/balance", timestamp=due - 1)
    assert (before["balance"], before["pending_cashback"]) == (0, 20)
    assert len(bank.history(account_id, timestamp=due - 1)) == 3
    spent = bank.post("/withdrawals", account_id=account_id, amount=20, timestamp=due - 1)
    assert (spent.code, spent["available"]) == ("insufficient_funds", 0)

    at = bank.get(f"/accounts/{account_id}/balance", timestamp=due)
    assert (at["balance"], at["available"], at["pending_cashback"]) == (20, 20, 0)
    line = bank.history(account_id, timestamp=due)[-1]
    assert (line["operation"], line["amount"], line["timestamp"]) == ("cashback", 20, due)
    assert (line["deposited"], line["transaction_id"], line["hash"]) == (False, None, None)

    spent = bank.post("/withdrawals", account_id=account_id, amount=20, timestamp=due)
    assert (spent.status, spent["balance"]) == (200, 0)
    line = bank.history(account_id)[-2]
    assert (line["operation"], line["timestamp"], line["deposited"]) == ("cashback", due, True)


def test_worker_and_next_operation_give_the_same_ledger(bank):
    ledgers = []
    for settle_at in None, T0 + DAY, T0 + 3 * DAY:
        account_id = bank.account(balance=10_000, timestamp=T0)
        bank.post("/payments", account_id=account_id, amount=500, timestamp=T0)
        bank.post("/payments", account_id=account_id, amount=700, timestamp=T0 + 1000)
        if settle_at:
            settle(bank, settle_at)
        bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 4 * DAY)
        lines = bank.history(account_id)
        for line in lines:
            for name in "transaction_id", "recorded_at", "hash", "payment_ref":
                del line[name]
        ledgers.append(lines)
    assert [line["operation"] for line in ledgers[0]].count("cashback") == 2
    assert ledgers[0] == ledgers[1] == ledgers[2]


def test_settled_once(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    paid = bank.post("/payments", account_id=account_id, amount=1000, timestamp=T0)
    settle(bank, T0 + DAY)
    settle(bank, T0 + DAY)
    assert bank.balance(account_id) == 20
    cashback = bank.get(f"/payments/{paid['payment_id']}")["cashback"]
    assert cashback["status"] == "deposited"
    assert cashback["transaction_id"] == bank.history(account_id)[-1]["transaction_id"]


def test_settlement_needs_no_body(bank):
    assert bank.send("/cashbacks/settlements", b"").status == 200


def test_settlement_counts(bank):
    settle(bank, T0 + DAY)
    for _ in range(3):
        account_id = bank.account(balance=1000, timestamp=T0)
        bank.post("/payments", account_id=account_id, amount=1000, timestamp=T0)
    reply = bank.post("/cashbacks/settlements", timestamp=T0 + DAY, limit=2)
    assert reply.body == {"settled": 2, "amount": 40, "remaining": 1}
    reply = bank.post("/cashbacks/settlements", timestamp=T0 + DAY)
    assert reply.body == {"settled": 1, "amount": 20, "remaining": 0}


def test_nothing_is_settled_ahead_of_the_clock(bank):
    account_id = bank.account(balance=100)
    bank.post("/payments", account_id=account_id, amount=100)
    reply = bank.post("/cashbacks/settlements", timestamp=MAX)
    assert (reply.status, reply.code) == (409, "timestamp_in_future")
    assert bank.balance(account_id) == 0


@pytest.mark.parametrize("limit", [0, -1, 100_001])
def test_settlement_limits(bank, limit):
    assert bank.post("/cashbacks/settlements", limit=limit).code == "invalid_argument"


def test_listing(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    paid = [
        bank.post("/payments", account_id=account_id, amount=100, timestamp=T0 + day * DAY)
        for day in range(3)
    ]
    path = f"/accounts/{account_id}/cashbacks"
    page = bank.get(path, limit=2)
    assert page["account_id"] == account_id
    assert [one["payment_id"] for one in page["cashbacks"]] == [
        paid[0]["payment_id"],
        paid[1]["payment_id"],
    ]
    assert page["next"] == paid[1]["payment_id"]
    rest = bank.get(path, after=page["next"])
    assert [one["due_at"] for one in rest["cashbacks"]] == [T0 + 3 * DAY]
    assert rest["next"] is None
    # The third payment settled what the first two had earned by then.
    deposited = bank.get(path, status="deposited")["cashbacks"]
    assert [one["payment_id"] for one in deposited] == [
        paid[0]["payment_id"],
        paid[1]["payment_id"],
    ]
    assert bank.get(path, status="cancelled")["cashbacks"] == []
    assert bank.get(path, status="odd").code == "invalid_argument"
    assert bank.get(path, after="payment").code == "payment_not_found"


def test_upcoming(bank):
    currency = f"T{secrets.token_hex(4).upper()}"
    bank.put(f"/currencies/{currency}", exponent=2)
    bank.put(f"/cashback-policies/{currency}", rate_bps=100, delay_ms=3 * DAY)
    account_id = bank.account(balance=100_000, currency=currency)
    now = bank.post("/payments", account_id=account_id, amount=700)["timestamp"]
    bank.post("/payments", account_id=account_id, amount=500)

    def upcoming(**query):
        told = bank.get("/cashbacks/upcoming", **query)["upcoming"]
        return [one for one in told if one["currency"] == currency]

    (later,) = upcoming(days=1)
    assert (later["count"], later["amount"], later["until"]) == (2, 12, None)
    assert now < later["since"] <= now + DAY
    days = upcoming(time_zone="America/New_York", days=7)
    assert sum(one["amount"] for one in days) == 12
    assert days[0]["since"] <= now + 3 * DAY < days[0]["until"]
    assert days[0]["until"] - days[0]["since"] in (DAY - HOUR, DAY, DAY + HOUR)


@pytest.mark.parametrize("query", [{"days": 0}, {"days": 367}, {"time_zone": "CET+2"}])
def test_upcoming_of_no_days(bank, query):
    reply = bank.get("/cashbacks/upcoming", **query)
    assert (reply.status, reply.code) == (422, "invalid_argument")
    assert reply["argument"] in query
