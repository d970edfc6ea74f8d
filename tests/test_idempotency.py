import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.http_helpers import fresh, wait_for_locks


def requests(bank):
    """One request of every route that takes a key, in an order in which each can be done."""
    account_id, other = bank.account(balance=1000), bank.account()
    ahead = bank.account(timestamp=int(time.time() * 1000) + 50_000)
    yen, life = bank.account(currency="JPY"), f"/accounts/{bank.account()}"
    held = [bank.post("/holds", account_id=account_id, amount=9)["hold_id"] for _ in range(4)]
    bank.post(f"/holds/{held[3]}/captures", amount=9)
    watched = {"account_id": other, "field": "held", "comparison": "gt", "value": 0}
    monitor = bank.post("/monitors", **watched)["monitor_id"]
    paid = bank.post("/payments", account_id=account_id, amount=9)
    scheduled = {"source_account_id": account_id, "target_account_id": other, "amount": 100}
    scheduled |= {"run_at": 9_000_000_000_000}
    schedule = bank.post("/schedules", **scheduled)["schedule_id"]
    done = bank.post("/deposits", account_id=account_id, amount=9)
    hook, (first, second) = sent(bank)
    return {
        "/accounts": {"account_id": fresh()},
        "/deposits": {"account_id": account_id, "amount": 100},
        "/withdrawals": {"account_id": account_id, "amount": 100},
        "/payments": {"account_id": account_id, "amount": 100},
        "/transfers": {
            "source_account_id": account_id,
            "target_account_id": other,
            "amount": 100,
        },
        "/holds": {"account_id": account_id, "amount": 100},
        "/transactions": {
            "postings": [
                {"source_account_id": account_id, "target_account_id": other, "amount": 5},
                {"source_account_id": account_id, "target_account_id": "@fees", "amount": 1},
            ]
        },
        f"/holds/{held[0]}/captures": {"amount": 5},
        f"/holds/{held[1]}/release": {},
        f"/monitors/{monitor}/delete": {},
        "/monitors": watched,
        f"/holds/{held[2]}/raise": {"amount": 5},
        f"/holds/{held[3]}/refunds": {"amount": 5},
        "/schedules": scheduled,
        f"/schedules/{schedule}/cancel": {},
        "/webhooks": {"url": "https://example.com/kept", "after": 9_000_000_000_000_000},
        hook: {"url": "https://example.com/new", "types": ["pay"]},
        f"{hook}/secret": {"overlap_ms": 5},
        f"{hook}/pause": {"reason": "asked"},
        f"{hook}/resume": {},
        f"{hook}/deliveries/{first}/retry": {},
        f"{hook}/deliveries/{second}/skip": {"reason": "asked"},
        f"/payments/{paid['payment_id']}/refunds": {"amount": 5},
        f"/transactions/{done['transaction_id']}/reversal": {"reason": "a slip"},
        "/exchanges": {
            "source_account_id": account_id,
            "target_account_id": yen,
            "amount": 5,
            "target_amount": 800,
        },
        f"{life}/overdraft-limit": {"overdraft_limit": 5, "reason": "known"},
        f"{life}/metadata": {"metadata": {"a": 1}},
        f"{life}/collecting": {"collecting": False},
        f"/accounts/{ahead}/rewind": {"reason": "asked"},
        f"{life}/freeze": {"reason": "asked"},
        f"{life}/block": {"reason": "asked"},
        f"{life}/unfreeze": {"reason": "asked"},
        f"{life}/close": {"reason": "asked"},
    }


def sent(bank):
    """The path of a webhook, and two events that it has not got."""
    one = bank.account()
    made = bank.post("/webhooks", url="https://example.com/sent", account_id=one)
    path = f"/webhooks/{made['webhook_id']}"
    for _ in range(2):
        bank.post("/deposits", account_id=one, amount=1)
    while bank.post("/events/numberings")["numbered"]:
        pass
    with bank.client.application.extensions["pool"].connection() as connection:
        connection.execute("SELECT FROM bank.claim_deliveries()")
    return path, [one["event_id"] for one in bank.get(f"{path}/deliveries")["deliveries"]]


def send(bank, path, key, body):
    """A request by the method that its path has."""
    puts = path.endswith(("/overdraft-limit", "/metadata", "/collecting"))
    puts |= path.startswith("/webhooks/") and path.count("/") == 2
    return (bank.put if puts else bank.post)(path, key, **body)


def test_every_route_with_a_key_is_tried(bank):
    documented = {
        path
        for path, methods in bank.document["paths"].items()
        for operation in methods.values()
        if any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
    }
    tried = {re.sub(r"(?<=/)([a-z]+)\d+", r"{\1_id}", path) for path in requests(bank)}
    tried = {re.sub(r"(?<=/accounts/)[^/]+", "{account_id}", path) for path in tried}
    tried = {re.sub(r"(?<=/deliveries/)\d+", "{event_id}", path) for path in tried}
    tried = {re.sub(r"(?<=/)\d+", "{transaction_id}", path) for path in tried}
    assert documented == tried | {"/batches"}  # of which test_batches.py takes care


def test_a_repeat_gets_the_first_answer(bank):
    for path, body in requests(bank).items():
        key = fresh("key")
        first = send(bank, path, key, body)
        again = send(bank, path, key, body)
        assert first.status < 300, path
        assert (first.status, first.body) == (again.status, again.body)
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers.get("Location") == first.headers.get("Location")


def test_nothing_happens_twice(bank):
    account_id = bank.account()
    for _ in range(3):
        bank.post("/deposits", "once", account_id=account_id, amount=5)
    assert bank.balance(account_id) == 5
    bank.post("/deposits", account_id=account_id, amount=5)
    bank.post("/deposits", account_id=account_id, amount=5)
    assert bank.balance(account_id) == 15


def test_the_answer_is_the_first_one_whatever_happened_since(bank):
    account_id = bank.account()
    first = bank.post("/deposits", "k", account_id=account_id, amount=5)
    bank.post("/withdrawals", account_id=account_id, amount=5)
    assert bank.post("/deposits", "k", account_id=account_id, amount=5).body == first.body


@pytest.mark.parametrize(
    ("path", "change"),
    [("/deposits", {"amount": 6}), ("/deposits", {"metadata": {}}), ("/withdrawals", {})],
)
def test_the_same_key_for_something_else(bank, path, change):
    account_id = bank.account()
    bank.post("/deposits", "k", account_id=account_id, amount=5)
    reply = bank.post(path, "k", **{"account_id": account_id, "amount": 5, **change})
    assert (reply.status, reply.code) == (422, "idempotency_key_reused")
    assert reply["first_operation"] == "deposit"
    assert bank.balance(account_id) == 5


def test_spelling_of_the_same_request_does_not_matter(bank):
    account_id = bank.account()
    texts = (
        f'{{"account_id": "{account_id}", "amount": 5, "metadata": {{"a": 1, "b": 2}}}}',
        f'{{"metadata":{{"b":2,"a":1}},"amount":5,"timestamp":null,"account_id":"{account_id}"}}',
    )
    replies = [
        bank.client.post(
            "/deposits",
            data=text,
            content_type="application/json",
            headers={"Idempotency-Key": "k"},
        )
        for text in texts
    ]
    assert replies[0].json == replies[1].json
    assert replies[1].headers["Idempotent-Replayed"] == "true"


def test_a_refusal_leaves_the_key_free(bank):
    account_id = bank.account()
    body = {"account_id": account_id, "amount": 5}
    assert bank.post("/withdrawals", "k", **body).code == "insufficient_funds"
    bank.post("/deposits", account_id=account_id, amount=5)
    reply = bank.post("/withdrawals", "k", **body)
    assert reply.status == 200
    assert "Idempotent-Replayed" not in reply.headers


def test_keys_belong_to_an_account(bank):
    for _ in range(2):
        reply = bank.post("/deposits", "shared", account_id=bank.account(), amount=5)
        assert reply.status == 200
        assert "Idempotent-Replayed" not in reply.headers


@pytest.mark.parametrize("count", [2, 8])
def test_at_the_same_time(bank, count):
    account_id = bank.account()

    def deposit(_):
        return bank.another().post("/deposits", "k", account_id=account_id, amount=5)

    with ThreadPoolExecutor(count) as threads:
        replies = list(threads.map(deposit, range(count)))
    assert {reply.status for reply in replies} == {200}
    assert len({reply["transaction_id"] for reply in replies}) == 1
    assert sum("Idempotent-Replayed" not in reply.headers for reply in replies) == 1
    assert bank.balance(account_id) == 5


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "\t"])
def test_keys_that_are_none(bank, key):
    reply = bank.post("/deposits", key, account_id=bank.account(), amount=5)
    assert (reply.status, reply.code) == (422, "invalid_idempotency_key")


def test_one_key_of_a_login_for_two_transactions_at_once(bank, connect):
    """The accounts that each of them locks tell them nothing of the other."""
    one, two = bank.account(), bank.account()
    first, second, watcher = connect(), connect(), connect()
    key = fresh()

    def post(connection, account_id):
        posting = {"source_account_id": "@external", "target_account_id": account_id, "amount": 5}
        call = "SELECT bank.post(%s, idempotency_key => %s)"
        connection.execute(call, [json.dumps([posting]), key])

    first.execute("BEGIN")
    post(first, one)
    with ThreadPoolExecutor(1) as threads:
        posting = threads.submit(post, second, two)
        wait_for_locks(watcher, 1)
        first.execute("COMMIT")
        assert posting.exception().sqlstate == "TL010"
    assert (bank.balance(one), bank.balance(two)) == (5, 0)


def test_the_longest_key(bank):
    assert bank.post("/deposits", "~" * 255, account_id=bank.account(), amount=5).status == 200
