from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import DAY, T0


def pay(bank, account_id, amount, **body):
    reply = bank.post("/payments", account_id=account_id, amount=amount, **body)
    assert reply.status == 200, reply
    return f"/payments/{reply['payment_id']}"


def cashback(bank, path):
    shown = bank.get(path)["cashback"]
    return shown["promised"], shown["amount"], shown["clawed_back"], shown["status"]


def test_all_of_it(bank):
    account_id = bank.account(balance=1000)
    path = pay(bank, account_id, 1000, fee=0)
    refund = bank.post(f"{path}/refunds", metadata={"why": "too small"})
    assert (refund["amount"], refund["refunded"], refund["refundable"]) == (1000, 1000, 0)
    assert (refund["cashback_cancelled"], refund["cashback_clawed_back"]) == (20, 0)
    assert refund["balance"] == 1000
    assert bank.get(path)["refunded"] == 1000
    assert cashback(bank, path) == (20, 0, 0, "cancelled")
    line = bank.history(account_id)[-1]
    assert (line["operation"], line["contra_account_id"]) == ("refund", "@payments")
    assert (line["payment_ref"], line["metadata"]) == (refund["payment_id"], {"why": "too small"})
    again = bank.post(f"{path}/refunds")
    assert (again.status, again.code) == (409, "payment_refunded")


def test_the_merchant_pays_and_the_fee_is_kept(bank):
    account_id, shop = bank.account(balance=110), bank.account()
    path = pay(bank, account_id, 100, merchant_account_id=shop, fee=10)
    refund = bank.post(f"{path}/refunds", amount=60)
    assert (refund["balance"], refund["merchant_account_id"]) == (60, shop)
    assert bank.balance(shop) == 40
    legs = bank.get(f"/transactions/{refund['transaction_id']}")["legs"]
    assert [(leg["account_id"], leg["amount"]) for leg in legs] == [(shop, -60), (account_id, 60)]
    bank.post("/withdrawals", account_id=shop, amount=1)
    short = bank.post(f"{path}/refunds")
    assert (short.code, short["account_id"], short["required"]) == ("insufficient_funds", shop, 40)


def test_one_of_fifty_takes_all_of_the_cashback(bank):
    path = pay(bank, bank.account(balance=50), 50)
    assert bank.post(f"{path}/refunds", amount=1)["cashback_cancelled"] == 1
    assert cashback(bank, path) == (1, 0, 0, "cancelled")
    assert bank.post(f"{path}/refunds", amount=49)["cashback_cancelled"] == 0


@pytest.mark.parametrize("amount", [1, 49])
def test_a_payment_that_earned_nothing(bank, amount):
    path = pay(bank, bank.account(balance=amount), amount)
    refund = bank.post(f"{path}/refunds")
    assert (refund["balance"], refund["cashback_cancelled"]) == (amount, 0)
    assert bank.get(path)["cashback"] is None


@pytest.mark.parametrize("deposited", [False, True])
@pytest.mark.parametrize(("amount", "part"), [(101, 1), (999, 49), (999, 50), (999, 333)])
def test_many_parts_take_what_one_would(bank, amount, part, deposited):
    account_id = bank.account(balance=amount, timestamp=T0)
    path = pay(bank, account_id, amount, timestamp=T0)
    time = T0 + DAY - (not deposited)
    left, promised = amount, amount * 2 // 100
    kept = promised
    while left:
        step = min(part, left)
        refund = bank.post(f"{path}/refunds", amount=step, timestamp=time)
        left -= step
        kept -= refund["cashback_cancelled"] + refund["cashback_clawed_back"]
        assert kept == left * 2 // 100
        assert refund["refundable"] == left
        assert refund["balance"] == amount - left + (kept if deposited else 0)
    assert bank.balance(account_id) == amount
    assert bank.get(f"/accounts/{account_id}/balance")["pending_cashback"] == 0
    assert cashback(bank, path) == (
        (promised, promised, promised, "deposited") if deposited else (promised, 0, 0, "cancelled")
    )


def test_the_rest_of_a_pending_cashback_is_paid(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    path = pay(bank, account_id, 1000, timestamp=T0)
    bank.post(f"{path}/refunds", amount=400, timestamp=T0 + 1)
    shown = bank.get(f"/accounts/{account_id}/balance", timestamp=T0 + DAY - 1)
    assert (shown["balance"], shown["pending_cashback"]) == (400, 12)
    assert bank.balance(account_id, timestamp=T0 + DAY) == 412


def test_claw_back_to_the_millisecond(bank):
    for late in False, True:
        account_id = bank.account(balance=1000, timestamp=T0)
        path = pay(bank, account_id, 1000, timestamp=T0)
        refund = bank.post(f"{path}/refunds", timestamp=T0 + DAY - (not late))
        assert (refund["cashback_cancelled"], refund["cashback_clawed_back"]) == (
            (0, 20) if late else (20, 0)
        )
        assert refund["balance"] == 1000
        operations = [line["operation"] for line in bank.history(account_id)]
        assert operations[3:] == (
            ["cashback", "refund", "cashback_clawback"] if late else ["refund"]
        )


@pytest.mark.parametrize("left", [0, 19, 20])
def test_what_the_account_cannot_cover_is_netted(bank, left):
    account_id = bank.account(balance=1000, timestamp=T0)
    path = pay(bank, account_id, 1000, timestamp=T0)
    bank.post("/withdrawals", account_id=account_id, amount=20, timestamp=T0 + DAY)
    if left:
        bank.post("/deposits", account_id=account_id, amount=left, timestamp=T0 + DAY)
    refund = bank.post(f"{path}/refunds", timestamp=T0 + DAY)
    assert (refund["cashback_clawed_back"], refund["cashback_netted"]) == (20, 20 - left)
    assert refund["balance"] == left + 980


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("payer", "frozen", None),
        ("payer", "blocked", "account_blocked"),
        ("payer", "closed", "account_closed"),
        ("shop", "frozen", "account_frozen"),
        ("shop", "blocked", "account_blocked"),
        ("shop", "closed", None),  # the bank stands in
    ],
)
def test_whose_account_is_what(bank, db, who, status, code):
    accounts = {"payer": bank.account(balance=10), "shop": bank.account()}
    path = pay(bank, accounts["payer"], 10, merchant_account_id=accounts["shop"])
    update = "UPDATE ledger.accounts SET status = %s WHERE account_id = %s"
    db.execute(update, [status, accounts[who]])  # closed too, while it has money
    try:
        assert bank.post(f"{path}/refunds").code == code
        assert bank.get(path)["refunded"] == (0 if code else 10)
    finally:
        db.execute(update, ["active", accounts[who]])


def test_a_collecting_merchant_pays_from_what_it_has_collected(bank, db):
    account_id, shop = bank.account(balance=10), bank.account()
    db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])
    path = pay(bank, account_id, 10, merchant_account_id=shop)
    assert bank.post(f"{path}/refunds")["balance"] == 10
    assert bank.balance(shop) == 0


def test_later_policies_change_nothing(bank, db):
    account_id = bank.account(balance=1000, currency="CHF")
    path = pay(bank, account_id, 1000)
    policy = "SELECT FROM bank.set_cashback_policy('CHF', %s)"
    db.execute(policy, [0])
    try:
        assert bank.post(f"{path}/refunds", amount=500)["cashback_cancelled"] == 10
    finally:
        db.execute(policy, [200])


@pytest.mark.parametrize("amount", [101, 9_007_199_254_740_991])
def test_more_than_was_paid(bank, amount):
    account_id = bank.account(balance=200)
    path = pay(bank, account_id, 101)
    bank.post(f"{path}/refunds", amount=1)
    reply = bank.post(f"{path}/refunds", amount=amount)
    assert (reply.status, reply.code, reply["refundable"]) == (409, "refund_exceeds_payment", 100)


@pytest.mark.parametrize("amount", [0, -1, 9_007_199_254_740_992])
def test_amounts_that_are_none(bank, amount):
    path = pay(bank, bank.account(balance=10), 10)
    assert bank.post(f"{path}/refunds", amount=amount).code == "invalid_amount"


def test_refunds_at_once(bank):
    account_id, shop = bank.account(balance=100), bank.account(balance=1000)
    path = pay(bank, account_id, 100, merchant_account_id=shop)
    with ThreadPoolExecutor(8) as threads:
        replies = list(
            threads.map(lambda _: bank.another().post(f"{path}/refunds", amount=30), range(8))
        )
    assert sorted(reply.status for reply in replies) == [200] * 3 + [409] * 5
    assert {reply.code for reply in replies} == {None, "refund_exceeds_payment"}
    assert (bank.balance(account_id), bank.balance(shop)) == (90, 1010)
    assert cashback(bank, path) == (2, 0, 0, "cancelled")
