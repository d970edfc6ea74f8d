import pytest

from tests.http_helpers import DAY, MAX, T0


def test_payment(bank):
    account_id = bank.account(balance=5000, timestamp=T0)
    paid = bank.post("/payments", account_id=account_id, amount=2500, timestamp=T0)
    assert paid.status == 200
    assert paid["payment_id"].startswith("payment")
    assert (paid["balance"], paid["fee"], paid["merchant_account_id"]) == (2500, 0, None)
    assert paid["cashback"] == {"amount": 50, "due_at": T0 + DAY}
    payment = bank.get(f"/payments/{paid['payment_id']}")
    assert (payment["account_id"], payment["amount"], payment["refunded"]) == (account_id, 2500, 0)
    assert payment["cashback"] == {
        "promised": 50,
        "amount": 50,
        "clawed_back": 0,
        "due_at": T0 + DAY,
        "status": "pending",
        "transaction_id": None,
    }


@pytest.mark.parametrize(
    ("amount", "cashback"), [(1, None), (49, None), (50, 1), (99, 1), (100, 2), (MAX, MAX // 50)]
)
def test_cashback_is_two_percent_rounded_down(bank, amount, cashback):
    account_id = bank.account(balance=amount)
    promise = bank.post("/payments", account_id=account_id, amount=amount)["cashback"]
    assert (promise and promise["amount"]) == cashback


def test_a_merchant_and_a_fee(bank):
    account_id, merchant = bank.account(balance=1000), bank.account()
    paid = bank.post(
        "/payments", account_id=account_id, amount=900, merchant_account_id=merchant, fee=100
    )
    assert (paid["balance"], paid["fee"], paid["merchant_account_id"]) == (0, 100, merchant)
    assert bank.balance(merchant) == 900
    legs = bank.get(f"/transactions/{paid['transaction_id']}")["legs"]
    assert sum(leg["amount"] for leg in legs) == 0
    assert {leg["account_id"] for leg in legs} == {account_id, merchant, "@fees"}


def test_a_fee_that_is_none(bank):
    reply = bank.post("/payments", account_id=bank.account(balance=9), amount=1, fee=-1)
    assert (reply.status, reply.code, reply["argument"]) == (422, "invalid_argument", "fee")


def test_payment_of_more_than_there_is(bank):
    account_id = bank.account(balance=10)
    reply = bank.post("/payments", account_id=account_id, amount=11)
    assert (reply.status, reply.code) == (409, "insufficient_funds")


@pytest.mark.parametrize("payment_id", ["payment0", "payment9999999999999999", "7", "payment", "é"])
def test_unknown_payments(bank, payment_id):
    reply = bank.get(f"/payments/{payment_id}")
    assert (reply.status, reply.code) == (404, "payment_not_found")
