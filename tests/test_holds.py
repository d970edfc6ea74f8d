from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import MAX, T0


def hold(bank, account_id, amount, **body):
    reply = bank.post("/holds", account_id=account_id, amount=amount, **body)
    assert reply.status == 200, reply
    return f"/holds/{reply['hold_id']}"


def funds(bank, account_id, **query):
    reply = bank.get(f"/accounts/{account_id}/balance", **query)
    return reply["balance"], reply["available"], reply["held"]


def at_once(count, work):
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


@pytest.mark.parametrize("amount", [1, 49, 50, MAX])
def test_reserve_and_take(bank, amount):
    account_id, shop = bank.account(balance=amount), bank.account()
    path = hold(bank, account_id, amount, target_account_id=shop)
    assert funds(bank, account_id) == (amount, 0, amount)
    assert bank.post("/withdrawals", account_id=account_id, amount=1).code == "insufficient_funds"
    taken = bank.post(f"{path}/captures")
    assert (taken["amount"], taken["captured"], taken["released"]) == (amount, amount, 0)
    assert (taken["status"], taken["balance"], taken["held"]) == ("captured", 0, 0)
    assert bank.balance(shop) == amount
    legs = bank.get(f"/transactions/{taken['transaction_id']}")["legs"]
    assert [leg["amount"] for leg in legs] == [-amount, amount]
    shown = bank.get(path)
    assert (shown["status"], shown["captured"], shown["remaining"]) == ("captured", amount, 0)


def test_without_a_target_it_goes_where_payments_go(bank):
    account_id = bank.account(balance=10)
    taken = bank.post(hold(bank, account_id, 10) + "/captures", amount=4)
    assert (taken["released"], taken["available"]) == (6, 6)
    legs = bank.get(f"/transactions/{taken['transaction_id']}")["legs"]
    assert {leg["account_id"]: leg["amount"] for leg in legs} == {account_id: -4, "@payments": 4}


def test_split_shipments(bank):
    account_id = bank.account(balance=100)
    path = hold(bank, account_id, 100)
    for part, rest in (30, 70), (69, 1):
        taken = bank.post(f"{path}/captures", amount=part, final=False)
        assert (taken["remaining"], taken["held"], taken["status"]) == (rest, rest, "open")
    over = bank.post(f"{path}/captures", amount=2, final=False)
    assert (over.status, over.code, over["remaining"]) == (409, "capture_exceeds_hold", 1)
    assert bank.post(f"{path}/captures", final=False)["status"] == "captured"
    assert funds(bank, account_id) == (0, 0, 0)


def test_release(bank):
    account_id = bank.account(balance=10)
    path = hold(bank, account_id, 10)
    released = bank.post(f"{path}/release", metadata={"why": "sold out"})
    assert (released["released"], released["available"]) == (10, 10)
    assert bank.get(path)["status"] == "released"
    assert bank.history(account_id)[-1]["metadata"] == {"why": "sold out"}


@pytest.mark.parametrize("step", ["captures", "release"])
def test_to_the_millisecond(bank, step):
    for late in False, True:
        account_id = bank.account(balance=10, timestamp=T0)
        path = hold(bank, account_id, 10, timestamp=T0, expires_at=T0 + 1000)
        reply = bank.post(f"{path}/{step}", timestamp=T0 + 1000 - (not late))
        assert (reply.status, reply.code) == ((409, "hold_expired") if late else (200, None))
        assert bank.get(path)["status"] == ("expired" if late else reply["status"])


def test_what_is_over_counts_no_more_though_nobody_noticed(bank):
    account_id = bank.account(balance=10, timestamp=T0)
    hold(bank, account_id, 7, timestamp=T0, expires_at=T0 + 1000)
    assert funds(bank, account_id, timestamp=T0 + 999) == (10, 3, 7)
    assert funds(bank, account_id, timestamp=T0 + 1000) == (10, 10, 0)
    line = bank.history(account_id, timestamp=T0 + 1000)[-1]
    assert (line["operation"], line["amount"], line["transaction_id"]) == ("expire_hold", 0, None)
    spent = bank.post("/withdrawals", account_id=account_id, amount=10, timestamp=T0 + 1000)
    assert spent["balance"] == 0
    line = bank.history(account_id)[-2]
    assert (line["operation"], line["timestamp"]) == ("expire_hold", T0 + 1000)


def test_worker_and_next_operation_give_the_same_ledger(bank):
    ledgers = []
    for expire_at in None, T0 + 5000, T0 + 500_000:
        account_id = bank.account(balance=1000, timestamp=T0)
        for number in 1, 2:
            hold(bank, account_id, number, timestamp=T0, expires_at=T0 + 5000 * number)
        if expire_at:
            while bank.post("/holds/expirations", timestamp=expire_at)["remaining"]:
                pass
        bank.post("/deposits", account_id=account_id, amount=1, timestamp=T0 + 900_000)
        lines = bank.history(account_id)
        for line in lines:
            for name in "transaction_id", "recorded_at", "hash":
                del line[name]
            (line["details"] or {}).pop("hold_id", None)
        ledgers.append(lines)
    assert [line["operation"] for line in ledgers[0]].count("expire_hold") == 2
    assert ledgers[0] == ledgers[1] == ledgers[2]


def test_expirations_are_counted(bank):
    while bank.post("/holds/expirations", timestamp=T0 + 20)["remaining"]:
        pass
    account_id = bank.account(balance=10, timestamp=T0)
    for amount in 1, 2, 3:
        hold(bank, account_id, amount, expires_at=T0 + 10 + amount, timestamp=T0)
    reply = bank.post("/holds/expirations", timestamp=T0 + 20, limit=2)
    assert reply.body == {"expired": 2, "amount": 3, "remaining": 1}
    reply = bank.post("/holds/expirations", timestamp=T0 + 20)
    assert reply.body == {"expired": 1, "amount": 3, "remaining": 0}


def test_nothing_expires_ahead_of_the_clock(bank):
    account_id = bank.account(balance=10)
    held = hold(bank, account_id, 10, expires_at=MAX)
    reply = bank.post("/holds/expirations", timestamp=MAX)
    assert (reply.status, reply.code) == (409, "timestamp_in_future")
    assert bank.get(held)["status"] == "open"


def test_listing(bank):
    account_id = bank.account(balance=10)
    paths = [hold(bank, account_id, amount) for amount in (1, 2, 3)]
    bank.post(f"{paths[1]}/release")
    page = bank.get(f"/accounts/{account_id}/holds", limit=2)
    assert [one["amount"] for one in page["holds"]] == [1, 2]
    rest = bank.get(f"/accounts/{account_id}/holds", after=page["next"])
    assert ([one["amount"] for one in rest["holds"]], rest["next"]) == ([3], None)
    page = bank.get(f"/accounts/{account_id}/holds", status="released")
    assert [f"/holds/{one['hold_id']}" for one in page["holds"]] == paths[1:2]


def test_two_holds_at_once_never_reserve_more_than_there_is(bank):
    account_id = bank.account(balance=100)
    replies = at_once(8, lambda _: bank.another().post("/holds", account_id=account_id, amount=30))
    assert sorted(reply.status for reply in replies) == [200] * 3 + [409] * 5
    assert funds(bank, account_id) == (100, 10, 90)


def test_hold_and_transfer_at_once(bank):
    for _ in range(5):
        account_id, other = bank.account(balance=100), bank.account()

        def one(number, account_id=account_id, other=other):
            if number % 2:
                return bank.another().post("/holds", account_id=account_id, amount=100)
            body = {"source_account_id": account_id, "target_account_id": other}
            return bank.another().post("/transfers", amount=100, **body)

        replies = at_once(4, one)
        assert [reply.status for reply in replies].count(200) == 1
        assert {reply.code for reply in replies} == {None, "insufficient_funds"}


@pytest.mark.parametrize("final", [True, False])
def test_captures_at_once(bank, final):
    account_id, shop = bank.account(balance=100), bank.account()
    path = hold(bank, account_id, 100, target_account_id=shop)
    replies = at_once(8, lambda _: bank.another().post(f"{path}/captures", amount=30, final=final))
    taken = [reply for reply in replies if reply.status == 200]
    assert len(taken) == (1 if final else 3)
    assert {reply.code for reply in replies if reply not in taken} == {
        "hold_captured" if final else "capture_exceeds_hold"
    }
    assert bank.balance(shop) == 30 * len(taken)
    held = 0 if final else 10
    assert funds(bank, account_id) == (
        100 - 30 * len(taken),
        100 - 30 * len(taken) - held,
        held,
    )


def test_capture_and_release_at_once(bank):
    account_id = bank.account(balance=100)
    path = hold(bank, account_id, 100)
    steps = ["captures", "release"] * 2
    replies = at_once(4, lambda number: bank.another().post(f"{path}/{steps[number]}"))
    assert [reply.status for reply in replies].count(200) == 1
    assert {reply.code for reply in replies} <= {None, "hold_captured", "hold_released"}
    assert funds(bank, account_id)[2] == 0


def test_one_key_at_once(bank):
    account_id = bank.account(balance=100)
    path = hold(bank, account_id, 100)
    replies = at_once(
        4, lambda _: bank.another().post(f"{path}/captures", "k", amount=30, final=False)
    )
    assert {reply["transaction_id"] for reply in replies} == {replies[0]["transaction_id"]}
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1
    assert bank.get(path)["captured"] == 30


@pytest.mark.parametrize("expires_at", [0, -1, T0, MAX + 1])
def test_an_end_that_is_not_ahead(bank, expires_at):
    reply = bank.post("/holds", account_id=bank.account(balance=1), amount=1, expires_at=expires_at)
    assert (reply.status, reply.code, reply["argument"]) == (422, "invalid_argument", "expires_at")


@pytest.mark.parametrize("hold_id", ["hold0", "hold9999999999999999", "7", "hold", "é"])
def test_unknown_holds(bank, hold_id):
    for reply in (
        bank.get(f"/holds/{hold_id}"),
        bank.post(f"/holds/{hold_id}/captures"),
        bank.post(f"/holds/{hold_id}/release"),
        bank.post(f"/holds/{hold_id}/raise", amount=1),
        bank.post(f"/holds/{hold_id}/refunds"),
    ):
        assert (reply.status, reply.code) == (404, "hold_not_found")


@pytest.mark.parametrize("targeted", [True, False])
def test_give_back_what_was_captured(bank, targeted):
    account_id, shop = bank.account(balance=100), bank.account()
    path = hold(bank, account_id, 100, **({"target_account_id": shop} if targeted else {}))
    captured = [
        bank.post(f"{path}/captures", amount=amount, final=False)["transaction_id"]
        for amount in (30, 40)
    ]
    back = bank.post(f"{path}/refunds", amount=50, metadata={"why": "too small"})
    assert (back["amount"], back["captured"], back["refunded"]) == (50, 70, 50)
    assert (back["remaining"], back["balance"], back["held"]) == (30, 80, 30)
    legs = bank.get(f"/transactions/{back['transaction_id']}")["legs"]
    assert {(leg["amount"], leg["refers_to"]) for leg in legs if leg["amount"] > 0} == {
        (30, captured[0]),
        (20, captured[1]),
    }
    assert {leg["account_id"] for leg in legs if leg["amount"] < 0} == {
        shop if targeted else "@payments"
    }
    over = bank.post(f"{path}/refunds", amount=21)
    assert (over.status, over.code, over["refundable"]) == (409, "refund_exceeds_hold", 20)
    assert bank.post(f"{path}/refunds")["refunded"] == 70
    again = bank.post(f"{path}/refunds")
    assert (again.status, again.code) == (409, "hold_not_refundable")
    assert (bank.get(path)["refunded"], bank.get(path)["remaining"]) == (70, 30)
    assert funds(bank, account_id) == (100, 70, 30)


def test_a_refund_and_what_else_gives_back(bank):
    account_id, shop = bank.account(balance=100), bank.account()
    path = hold(bank, account_id, 60, target_account_id=shop)
    taken = bank.post(f"{path}/captures")["transaction_id"]
    back = bank.post(f"{path}/refunds", amount=20)["transaction_id"]
    reason = {"reason": "a slip"}
    refused = bank.post(f"/transactions/{taken}/reversal", **reason)
    assert (refused.status, refused.code) == (409, "partly_refunded")
    assert bank.post(f"/transactions/{back}/reversal", **reason)["operation"] == "refund_hold"
    assert (bank.get(path)["refunded"], bank.balance(account_id)) == (0, 40)
    assert bank.post(f"/transactions/{taken}/reversal", **reason).status == 200
    assert (bank.get(path)["refunded"], bank.balance(account_id)) == (60, 100)
    assert bank.post(f"{path}/refunds", amount=1).code == "hold_not_refundable"


def test_the_bank_refunds_for_a_shop_that_is_closed(bank):
    account_id, shop = bank.account(balance=100), bank.account()
    path = hold(bank, account_id, 60, target_account_id=shop)
    bank.post(f"{path}/captures")
    assert bank.post(f"{path}/refunds", amount=10).status == 200
    bank.post("/withdrawals", account_id=shop, amount=50)
    assert bank.post(f"/accounts/{shop}/close", reason="bankrupt").status == 200
    back = bank.post(f"{path}/refunds")
    assert (back["amount"], back["balance"]) == (50, 100)
    legs = bank.get(f"/transactions/{back['transaction_id']}")["legs"]
    assert {leg["account_id"]: leg["amount"] for leg in legs} == {account_id: 50, "@payments": -50}


@pytest.mark.parametrize("collecting", [True, False])
def test_refunds_at_once(bank, collecting):
    account_id, shop = bank.account(balance=100), bank.account()
    if collecting:
        bank.put(f"/accounts/{shop}/collecting", collecting=True)
    path = hold(bank, account_id, 100, target_account_id=shop)
    bank.post(f"{path}/captures")
    replies = at_once(8, lambda _: bank.another().post(f"{path}/refunds", amount=30))
    assert [reply.status for reply in replies].count(200) == 3
    assert {reply.code for reply in replies} == {None, "refund_exceeds_hold"}
    assert (bank.balance(account_id), bank.balance(shop)) == (90, 10)
    assert bank.get(path)["refunded"] == 90


def test_raise(bank):
    account_id, shop = bank.account(balance=100, timestamp=T0), bank.account(timestamp=T0)
    times = {"timestamp": T0, "expires_at": T0 + 1000}
    path = hold(bank, account_id, 30, target_account_id=shop, **times)
    raised = bank.post(f"{path}/raise", amount=20, expires_at=T0 + 2000, timestamp=T0)
    assert (raised["amount"], raised["remaining"], raised["expires_at"]) == (20, 50, T0 + 2000)
    assert (raised["balance"], raised["available"], raised["held"]) == (100, 50, 50)
    short = bank.post(f"{path}/raise", amount=51, timestamp=T0)
    assert (short.status, short.code, short["available"]) == (409, "insufficient_funds", 50)
    early = bank.post(f"{path}/raise", amount=1, expires_at=T0 + 1999, timestamp=T0)
    assert (early.status, early.code, early["argument"]) == (422, "invalid_argument", "expires_at")
    late = {"timestamp": T0 + 1999}
    over = bank.post(f"{path}/captures", amount=51, **late)
    assert (over.status, over.code, over["remaining"]) == (409, "capture_exceeds_hold", 50)
    assert bank.post(f"{path}/captures", amount=50, **late)["captured"] == 50
    assert (bank.get(path)["amount"], bank.balance(shop)) == (50, 50)
    ended = bank.post(f"{path}/raise", amount=1, **late)
    assert (ended.status, ended.code) == (409, "hold_captured")


def test_raises_at_once(bank):
    account_id = bank.account(balance=100)
    path = hold(bank, account_id, 10)
    replies = at_once(8, lambda _: bank.another().post(f"{path}/raise", amount=30))
    assert sorted(reply.status for reply in replies) == [200] * 3 + [409] * 5
    assert funds(bank, account_id) == (100, 0, 100)


@pytest.mark.parametrize("step", [("raise", {"amount": 5}), ("refunds", {"amount": 5})])
def test_steps_under_a_key(bank, step):
    name, body = step
    account_id = bank.account(balance=100)
    path = hold(bank, account_id, 50)
    bank.post(f"{path}/captures", amount=20, final=False)
    replies = [bank.post(f"{path}/{name}", "k", **body) for _ in range(2)]
    assert replies[0].body == replies[1].body
    assert "Idempotent-Replayed" in replies[1].headers
    assert bank.post(f"{path}/{name}", "k", amount=6).code == "idempotency_key_reused"
    shown = bank.get(path)
    assert (shown["amount"], shown["refunded"]) == ((55, 0) if name == "raise" else (50, 5))


def test_steps_in_a_batch(bank):
    account_id, shop = bank.account(balance=100), bank.account()
    path = hold(bank, account_id, 50, target_account_id=shop)
    hold_id = path.rpartition("/")[2]
    results = bank.batch(
        [
            {"operation": "raise_hold", "hold_id": hold_id, "amount": 20},
            {"operation": "capture_hold", "hold_id": hold_id, "amount": 60},
            {"operation": "refund_hold", "hold_id": hold_id, "amount": 15},
            {"operation": "refund_hold", "hold_id": hold_id, "amount": 46},
        ]
    )["results"]
    assert [one["code"] for one in results] == [None, None, None, "refund_exceeds_hold"]
    assert results[2]["receipt"]["refunded"] == 15
    assert (bank.balance(account_id), bank.balance(shop)) == (55, 45)
