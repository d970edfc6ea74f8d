from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import T0, fresh


def reverse(bank, done, **body):
    path = f"/transactions/{done['transaction_id']}/reversal"
    return bank.post(path, **{"reason": "a slip", **body})


def move(bank, source, target, amount, **body):
    return bank.post(
        "/transfers", source_account_id=source, target_account_id=target, amount=amount, **body
    )


def test_a_transfer(bank):
    one, two = bank.account(balance=100), bank.account()
    done = move(bank, one, two, 60)
    before = bank.get(f"/transactions/{done['transaction_id']}").body
    undone = reverse(bank, done, metadata={"ticket": 7})
    assert (undone["reverses"], undone["operation"]) == (done["transaction_id"], "transfer")
    assert (undone["reason"], undone["forced"]) == ("a slip", False)
    assert undone["legs"] == [
        {"account_id": two, "amount": -60, "balance": 0, "available": 0},
        {"account_id": one, "amount": 60, "balance": 100, "available": 100},
    ]
    assert bank.get(f"/transactions/{done['transaction_id']}").body == before
    for leg in bank.get(f"/transactions/{undone['transaction_id']}")["legs"]:
        assert (leg["operation"], leg["refers_to"]) == ("reversal", done["transaction_id"])
        assert leg["details"]["reason"] == "a slip"
        assert leg["metadata"] == {"ticket": 7}


def test_deposits_withdrawals_and_captures(bank):
    account_id = bank.account(balance=100)
    for path, balance in (("/deposits", 140), ("/withdrawals", 60)):
        done = bank.post(path, account_id=account_id, amount=40)
        assert done["balance"] == balance
        assert reverse(bank, done).status == 200
        assert bank.balance(account_id) == 100
    shop = bank.account()
    held = bank.post("/holds", account_id=account_id, amount=40, target_account_id=shop)
    done = bank.post(f"/holds/{held['hold_id']}/captures")
    assert reverse(bank, done).status == 200
    assert (bank.balance(account_id), bank.balance(shop)) == (100, 0)


def test_what_has_another_way_back_or_none(bank):
    account_id, shop = bank.account(balance=100), bank.account()
    paid = bank.post("/payments", account_id=account_id, amount=10, merchant_account_id=shop, fee=1)
    refund = bank.post(f"/payments/{paid['payment_id']}/refunds", amount=1)
    held = bank.post("/holds", account_id=account_id, amount=1)
    released = bank.post(f"/holds/{held['hold_id']}/release")
    undone = reverse(bank, bank.post("/deposits", account_id=account_id, amount=1))
    opened = bank.history(account_id)[0]
    for done, operation in (
        (paid, "pay"),
        (refund, "refund"),
        (held, "hold"),
        (released, "release_hold"),
        (undone, "reversal"),
        (opened, "open"),
    ):
        reply = reverse(bank, done)
        assert (reply.status, reply.code) == (422, "not_reversible")
        assert reply["operation"] == operation


def test_once(bank):
    done = move(bank, bank.account(balance=5), bank.account(balance=99), 5)
    first = reverse(bank, done)
    again = reverse(bank, done)
    assert (again.status, again.code) == (409, "already_reversed")
    assert again["reversed_by"] == first["transaction_id"]


def test_once_even_at_the_same_time(bank):
    one, two = bank.account(balance=100), bank.account(balance=1000)
    done = move(bank, one, two, 100)
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: reverse(bank.another(), done), range(8)))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert {reply.code for reply in replies} == {None, "already_reversed"}
    assert (bank.balance(one), bank.balance(two)) == (100, 1000)


def test_one_key_at_the_same_time(bank):
    done = move(bank, bank.account(balance=5), bank.account(), 5)
    path, key = f"/transactions/{done['transaction_id']}/reversal", fresh("key")
    with ThreadPoolExecutor(4) as threads:
        replies = list(
            threads.map(lambda _: bank.another().post(path, key, reason="a slip"), range(4))
        )
    assert len({reply["transaction_id"] for reply in replies}) == 1
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1


def test_a_party_that_cannot_cover_it(bank):
    one, two = bank.account(balance=100), bank.account()
    done = move(bank, one, two, 100)
    bank.post("/withdrawals", account_id=two, amount=1)
    short = reverse(bank, done)
    assert (short.code, short["account_id"], short["available"]) == ("insufficient_funds", two, 99)
    assert bank.balance(one) == 0
    forced = reverse(bank, done, force=True)
    assert forced["forced"] is True
    assert forced["legs"][0] == {"account_id": two, "amount": -100, "balance": -1, "available": -1}


@pytest.mark.parametrize(
    ("status", "code", "forced"),
    [
        ("frozen", "account_frozen", None),
        ("blocked", "account_blocked", "account_blocked"),
        ("closed", "account_closed", "account_closed"),
    ],
)
def test_status(bank, db, status, code, forced):
    one, two = bank.account(balance=100), bank.account()
    done = move(bank, one, two, 100)
    update = "UPDATE ledger.accounts SET status = %s WHERE account_id = %s"
    db.execute(update, [status, two])  # closed too, while it has money
    try:
        assert reverse(bank, done).code == code
        assert reverse(bank, done, force=True).code == forced
    finally:
        db.execute(update, ["active", two])


def test_a_leg_that_is_still_collected(bank, db):
    one, shop = bank.account(balance=100), bank.account()
    db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])
    done = move(bank, one, shop, 70)
    assert bank.history(shop)[-1]["hash"] is None
    assert reverse(bank, done).status == 200
    assert (bank.balance(one), bank.balance(shop)) == (100, 0)
    lines = [(line["operation"], line["amount"]) for line in bank.history(shop)[2:]]
    assert lines == [("transfer", 70), ("reversal", -70)]


def test_time(bank):
    account_id = bank.account(timestamp=T0)
    done = bank.post("/deposits", account_id=account_id, amount=5, timestamp=T0 + 10)
    assert reverse(bank, done, timestamp=T0 + 9).code == "timestamp_in_past"
    assert reverse(bank, done, timestamp=T0 + 10)["timestamp"] == T0 + 10


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_reasons_that_are_none(bank, reason):
    done = bank.post("/deposits", account_id=bank.account(), amount=5)
    reply = reverse(bank, done, reason=reason)
    assert (reply.status, reply.code, reply["argument"]) == (422, "invalid_argument", "reason")


@pytest.mark.parametrize("transaction_id", [0, 9_999_999_999_999_999])
def test_unknown_transactions(bank, transaction_id):
    reply = reverse(bank, {"transaction_id": transaction_id})
    assert (reply.status, reply.code) == (404, "transaction_not_found")
