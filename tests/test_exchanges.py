from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import MAX, T0


def exchange(bank, source, target, amount, target_amount, **more):
    body = {"source_account_id": source, "target_account_id": target}
    return bank.post("/exchanges", **body, amount=amount, target_amount=target_amount, **more)


def test_exchange(bank):
    euro, yen = bank.account(balance=10000), bank.account(currency="JPY")
    reply = exchange(bank, euro, yen, 1000, 1675, metadata={"quote": 7})
    assert reply.status == 200
    assert (reply["source_currency"], reply["target_currency"]) == ("EUR", "JPY")
    assert (reply["rate"], reply["balance"], reply["target_amount"]) == ("167.5", 9000, 1675)
    assert bank.balance(yen) == 1675
    legs = bank.get(f"/transactions/{reply['transaction_id']}")["legs"]
    assert sorted((leg["account_id"], leg["currency"], leg["amount"]) for leg in legs) == sorted(
        [
            (euro, "EUR", -1000),
            ("@exchange", "EUR", 1000),
            (yen, "JPY", 1675),
            ("@exchange", "JPY", -1675),
        ]
    )
    details = {
        "source_account_id": euro,
        "source_currency": "EUR",
        "source_amount": 1000,
        "target_account_id": yen,
        "target_currency": "JPY",
        "target_amount": 1675,
        "rate": "167.5",
    }
    for account_id in euro, yen:
        line = bank.history(account_id)[-1]
        assert (line["operation"], line["contra_account_id"]) == ("exchange", "@exchange")
        assert (line["details"], line["metadata"]) == (details, {"quote": 7})


@pytest.mark.parametrize(
    ("amount", "target_amount", "rate"),
    [(3, 1, "0.00333333333333333333"), (1, MAX, "90071992547409.91"), (MAX, 1, None)],
)
def test_rates_are_decimal(bank, amount, target_amount, rate):
    yen, dollar = bank.account(balance=amount, currency="JPY"), bank.account(currency="USD")
    found = exchange(bank, yen, dollar, amount, target_amount)["rate"]
    assert rate is None or found == rate
    assert "e" not in found
    digits = found.replace(".", "").lstrip("0")
    assert len(digits) >= 16 or rate == found


def test_same_currency(bank):
    reply = exchange(bank, bank.account(balance=5), bank.account(), 1, 1)
    assert (reply.status, reply.code, reply["currency"]) == (422, "same_currency", "EUR")


@pytest.mark.parametrize("amounts", [(0, 1), (1, 0), (-1, 1), (1, MAX + 1)])
def test_amounts_that_are_none(bank, amounts):
    euro, yen = bank.account(balance=5), bank.account(currency="JPY")
    assert exchange(bank, euro, yen, *amounts).code == "invalid_amount"


def test_refusals(bank):
    euro, yen = bank.account(balance=5), bank.account(currency="JPY")
    assert exchange(bank, euro, euro, 1, 1).code == "same_account"
    assert exchange(bank, euro, "nobody", 1, 1).code == "account_not_found"
    reply = exchange(bank, euro, yen, 6, 1)
    assert (reply.code, reply["available"], reply["required"]) == ("insufficient_funds", 5, 6)
    bank.post(f"/accounts/{yen}/block", reason="x")
    assert exchange(bank, euro, yen, 1, 1).code == "account_blocked"
    bank.post(f"/accounts/{yen}/freeze", reason="x")
    assert exchange(bank, euro, yen, 1, 1).status == 200
    assert exchange(bank, yen, euro, 1, 1).code == "account_frozen"
    assert exchange(bank, euro, yen, 1, MAX).code == "balance_limit_exceeded"


def test_a_key(bank):
    euro, yen = bank.account(balance=5), bank.account(currency="JPY")
    first = exchange(bank, euro, yen, 1, 2, key="k")
    assert exchange(bank, euro, yen, 1, 2, key="k").body == first.body
    assert exchange(bank, euro, yen, 1, 3, key="k").code == "idempotency_key_reused"
    assert (bank.balance(euro), bank.balance(yen)) == (4, 2)


def test_due_cashback_can_be_exchanged(bank):
    euro, yen = bank.account(balance=100, timestamp=T0), bank.account(currency="JPY")
    bank.post("/payments", account_id=euro, amount=100, timestamp=T0)
    assert exchange(bank, euro, yen, 2, 3)["balance"] == 0


def test_to_a_collecting_account(bank):
    euro, yen = bank.account(balance=100), bank.account(currency="JPY")
    bank.put(f"/accounts/{yen}/collecting", collecting=True)
    exchange(bank, euro, yen, 1, 3)
    assert bank.history(yen)[-1]["details"]["rate"] == "300"


def test_opposite_exchanges_do_not_deadlock(bank):
    euro, yen = bank.account(balance=100), bank.account(balance=100, currency="JPY")

    def move(source, target):
        mine = bank.another()
        return [exchange(mine, source, target, 1, 1).status for _ in range(30)]

    with ThreadPoolExecutor(4) as threads:
        pairs = [(euro, yen), (yen, euro)] * 2
        statuses = [one for done in threads.map(move, *zip(*pairs, strict=True)) for one in done]
    assert statuses == [200] * 120
    assert (bank.balance(euro), bank.balance(yen)) == (100, 100)
