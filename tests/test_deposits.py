import pytest

from tests.http_helpers import MAX, T0


def test_deposit_and_withdrawal(bank):
    account_id = bank.account()
    deposit = bank.post("/deposits", account_id=account_id, amount=700, metadata={"note": "pay"})
    assert deposit.status == 200
    assert (deposit["amount"], deposit["balance"], deposit["available"]) == (700, 700, 700)
    withdrawal = bank.post("/withdrawals", account_id=account_id, amount=700)
    assert withdrawal["balance"] == 0
    assert withdrawal["transaction_id"] > deposit["transaction_id"]
    lines = bank.history(account_id)
    assert [line["operation"] for line in lines] == ["open", "deposit", "withdraw"]
    assert [line["amount"] for line in lines] == [0, 700, -700]
    assert lines[1]["metadata"] == {"note": "pay"}


def test_the_largest_amount(bank):
    account_id = bank.account()
    assert bank.post("/deposits", account_id=account_id, amount=MAX)["balance"] == MAX
    one_more = bank.post("/deposits", account_id=account_id, amount=1)
    assert (one_more.status, one_more.code) == (409, "balance_limit_exceeded")
    assert bank.post("/withdrawals", account_id=account_id, amount=MAX)["balance"] == 0


@pytest.mark.parametrize("path", ["/deposits", "/withdrawals"])
@pytest.mark.parametrize("amount", [0, -1, MAX + 1, 2**63 - 1, -(2**63)])
def test_amounts_that_are_none(bank, path, amount):
    reply = bank.post(path, account_id=bank.account(), amount=amount)
    assert (reply.status, reply.code, reply["amount"]) == (422, "invalid_amount", amount)


def test_overdraft(bank):
    account_id = bank.account(overdraft_limit=100)
    assert bank.post("/withdrawals", account_id=account_id, amount=100)["balance"] == -100
    reply = bank.post("/withdrawals", account_id=account_id, amount=1)
    assert (reply.status, reply.code) == (409, "insufficient_funds")
    assert (reply["available"], reply["required"]) == (0, 1)


def test_a_given_timestamp_counts_and_never_goes_back(bank):
    account_id = bank.account(timestamp=T0)
    reply = bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 5)
    assert reply["timestamp"] == T0 + 5
    assert bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 5).status == 200
    late = bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 4)
    assert (late.status, late.code) == (409, "timestamp_in_past")
    assert (late["timestamp"], late["last_timestamp"]) == (T0 + 4, T0 + 5)


def test_metadata_comes_back_as_it_was(bank):
    account_id = bank.account()
    metadata = {
        "": None,
        "nested": [1, {"x": 1e-7}],
        "big": 10**40,
        "emoji": "🏦",
        "quote": "'\\\"",
    }
    bank.post("/deposits", account_id=account_id, amount=1, metadata=metadata)
    assert bank.history(account_id)[-1]["metadata"] == metadata


@pytest.mark.parametrize("metadata", [[], "text", 5, True, {"x": "y" * 16384}])
def test_metadata_that_is_none(bank, metadata):
    reply = bank.post("/deposits", account_id=bank.account(), amount=1, metadata=metadata)
    assert (reply.status, reply.code) == (422, "invalid_metadata")
