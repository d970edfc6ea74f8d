import pytest

from tests.http_helpers import T0


def test_history_page_by_page(bank):
    account_id = bank.account(timestamp=T0)
    for number in range(1, 5):
        bank.post("/deposits", account_id=account_id, amount=number, timestamp=T0 + number // 2)
    whole = bank.history(account_id)
    order = [(line["timestamp"], line["transaction_id"]) for line in whole]
    assert order == sorted(order)
    found, after = [], {}
    while True:
        page = bank.get(f"/accounts/{account_id}/transactions", limit=2, **after)
        found += page["transactions"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == whole
    assert [line["version"] for line in found] == [1, 2, 3, 4, 5]
    assert [line["balance_after"] for line in found] == [0, 1, 3, 6, 10]


def test_history_up_to_a_moment(bank):
    account_id = bank.account(timestamp=T0)
    bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 10)
    assert [line["version"] for line in bank.history(account_id, timestamp=T0 + 9)] == [1]
    assert [line["version"] for line in bank.history(account_id, timestamp=T0 + 10)] == [1, 2]
    assert bank.history(account_id, timestamp=T0 - 1) == []


def test_unposted_cashback_over_the_edge_of_a_page(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    for _ in range(3):
        bank.post("/payments", account_id=account_id, amount=100, timestamp=T0)
    path = f"/accounts/{account_id}/transactions"
    first = bank.get(path, limit=6)
    assert [line["deposited"] for line in first["transactions"]] == [None] * 5 + [False]
    assert first["next"] == 6
    second = bank.get(path, after=6)
    assert [line["version"] for line in second["transactions"]] == [7, 8]
    assert second["next"] is None


def test_all_sides_of_a_transaction(bank):
    account_id = bank.account()
    receipt = bank.post("/deposits", account_id=account_id, amount=5, metadata={"a": 1})
    reply = bank.get(f"/transactions/{receipt['transaction_id']}")
    assert reply["transaction_id"] == receipt["transaction_id"]
    house, customer = reply["legs"]
    assert (house["account_id"], house["amount"], house["hash"]) == ("@external", -5, None)
    assert (customer["account_id"], customer["amount"]) == (account_id, 5)
    assert customer["metadata"] == {"a": 1}


@pytest.mark.parametrize("transaction_id", ["0", "9" * 16])
def test_unknown_transactions(bank, transaction_id):
    reply = bank.get(f"/transactions/{transaction_id}")
    assert (reply.status, reply.code) == (404, "transaction_not_found")


@pytest.mark.parametrize("transaction_id", ["-1", "1.0", "x", "9" * 17, "%D9%A1"])
def test_what_is_no_transaction_id(client, transaction_id):
    response = client.get(f"/transactions/{transaction_id}")
    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_what_refers_to_a_transaction(bank):
    one, other = bank.account(100), bank.account()
    moved = {"source_account_id": one, "target_account_id": other, "amount": 7}
    first, second = (bank.post("/transfers", **moved)["transaction_id"] for _ in range(2))
    path = f"/transactions/{first}/references"
    assert bank.get(path).body == {"transaction_id": first, "references": [], "next": None}
    reversal = bank.post(f"/transactions/{first}/reversal", reason="a test")
    assert bank.get(path)["references"] == [
        {
            "transaction_id": reversal["transaction_id"],
            "timestamp": reversal["timestamp"],
            "operation": "reversal",
            "account_id": other,
            "contra_account_id": one,
            "currency": "EUR",
            "amount": -7,
            "legs": 2,
        }
    ]
    assert bank.get(f"/transactions/{second}/references")["references"] == []


def test_refunds_page_by_page(bank):
    paid = bank.post("/payments", account_id=bank.account(100), amount=50)
    refunds = [
        bank.post(f"/payments/{paid['payment_id']}/refunds", amount=amount)["transaction_id"]
        for amount in (1, 2, 3)
    ]
    path = f"/transactions/{paid['transaction_id']}/references"
    first = bank.get(path, limit=2)
    assert [one["transaction_id"] for one in first["references"]] == refunds[:2]
    second = bank.get(path, limit=2, after=first["next"])
    told = [(one["operation"], one["amount"]) for one in second["references"]]
    assert (told, second["next"]) == ([("refund", 3)], None)


def test_who_posted_a_transaction(bank):
    account_id = bank.account()
    receipt = bank.post("/deposits", account_id=account_id, amount=5)
    (entry,) = bank.get(f"/transactions/{receipt['transaction_id']}/audit")["entries"]
    opened, deposited = bank.history(account_id)
    assert (entry["leg"], entry["account_id"], entry["operation"]) == (1, account_id, "deposit")
    assert entry["actor"]
    assert (entry["previous_hash"], entry["hash"]) == (opened["hash"], deposited["hash"])
    (entry,) = bank.get(f"/transactions/{opened['transaction_id']}/audit")["entries"]
    assert (entry["version"], entry["previous_hash"]) == (1, None)


@pytest.mark.parametrize("part", ["audit", "references"])
def test_what_belongs_to_unknown_transactions(bank, part):
    reply = bank.get(f"/transactions/0/{part}")
    assert (reply.status, reply.code) == (404, "transaction_not_found")
