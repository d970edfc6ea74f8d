"""POST /batches: what it takes, in both its forms, and what it answers."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pgteller.shell import errors
from tests.http_helpers import DAY, MAX, T0, fresh

LINES = "application/x-ndjson"


def deposit(account_id, amount=1, **more):
    return {"operation": "deposit", "account_id": account_id, "amount": amount, **more}


def withdraw(account_id, amount=1, **more):
    return {"operation": "withdraw", "account_id": account_id, "amount": amount, **more}


def transfer(source, target, amount=1, **more):
    return {
        "operation": "transfer",
        "source_account_id": source,
        "target_account_id": target,
        "amount": amount,
        **more,
    }


def pay(account_id, amount=1, **more):
    return {"operation": "pay", "account_id": account_id, "amount": amount, **more}


def as_lines(items):
    return "\n".join(json.dumps(item) for item in items)


def statuses(reply):
    return [result["code"] or result["status"] for result in reply["results"]]


def test_items_as_if_one_by_one(bank):
    alice, bob = bank.account(balance=100), bank.account()
    items = [
        withdraw(bob),
        transfer(alice, bob, 60),
        withdraw(bob, 10, metadata={"for": "rent"}),
        transfer(alice, bob, 41),
        pay(bob, 50),
        deposit("nobody"),
    ]
    reply = bank.batch(items)
    assert reply.status == 200
    assert (reply["posted"], reply["replayed"], reply["refused"]) == (3, 0, 3)
    assert statuses(reply) == [
        "insufficient_funds",
        "posted",
        "posted",
        "insufficient_funds",
        "posted",
        "account_not_found",
    ]
    assert [result["item"] for result in reply["results"]] == [1, 2, 3, 4, 5, 6]
    refused, payment = reply["results"][3], reply["results"][4]
    assert refused["detail"] == {"account_id": alice, "available": 40, "required": 41}
    assert (payment["balance"], payment["cashback"]["amount"]) == (0, 1)
    assert payment["cashback"]["due_at"] == payment["timestamp"] + DAY
    assert bank.get(f"/payments/{payment['payment_id']}")["amount"] == 50
    assert (bank.balance(alice), bank.balance(bob)) == (40, 0)
    lines = bank.history(bob)
    assert [line["amount"] for line in lines] == [0, 60, -10, -50]
    assert lines[2]["metadata"] == {"for": "rent"}


def test_every_operation(bank):
    alice, bob = bank.account(balance=1000), bank.account()
    paid = bank.post("/payments", account_id=alice, amount=100)
    held = bank.post("/holds", account_id=alice, amount=30, target_account_id=bob)
    moved = bank.post("/transfers", source_account_id=alice, target_account_id=bob, amount=5)
    postings = [{"source_account_id": alice, "target_account_id": "@fees", "amount": 2}]
    reply = bank.batch(
        [
            {"operation": "refund_payment", "payment_id": paid["payment_id"], "amount": 40},
            {"operation": "capture_hold", "hold_id": held["hold_id"], "amount": 10, "final": False},
            {"operation": "release_hold", "hold_id": held["hold_id"]},
            {"operation": "hold", "account_id": alice, "amount": 1, "target_account_id": bob},
            {"operation": "post", "postings": postings, "value_at": T0},
            {
                "operation": "reverse_transaction",
                "transaction_id": moved["transaction_id"],
                "reason": "twice",
            },
            {"operation": "release_hold", "hold_id": held["hold_id"]},
            {
                "operation": "exchange",
                "source_account_id": alice,
                "target_account_id": bob,
                "amount": 1,
                "target_amount": 1,
            },
        ],
        privileged="true",
    )
    assert statuses(reply) == ["posted"] * 6 + ["hold_released", "same_currency"]
    receipts = [result["receipt"] for result in reply["results"]]
    assert receipts[0]["refunded"] == 40
    assert (receipts[1]["captured"], receipts[1]["remaining"]) == (10, 20)
    assert receipts[3]["hold_id"] != held["hold_id"]
    assert receipts[5]["reverses"] == moved["transaction_id"]
    assert (bank.balance(alice), bank.balance(bob)) == (928, 10)


@pytest.mark.parametrize(
    "postings", [{}, [], [{"source_account_id": "a", "target_account_id": "b"}], [5]]
)
def test_what_are_no_postings_is_refused_like_alone(bank, postings):
    alone = bank.post("/transactions", postings=postings)
    assert (alone.status, alone.code) == (422, "invalid_postings")
    reply = bank.batch([{"operation": "post", "postings": postings}, deposit(bank.account())])
    assert statuses(reply) == ["invalid_postings", "posted"]
    assert reply["results"][0]["detail"]["reason"] == alone["reason"]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n \n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_lines_of_json(bank, separator, end):
    account_id = bank.account()
    text = separator.join(json.dumps(deposit(account_id, amount)) for amount in (1, 2, 3)) + end
    reply = bank.send("/batches", text, LINES)
    assert reply.status == 200
    assert [result["balance"] for result in reply["results"]] == [1, 3, 6]


def test_chains(bank):
    account_id = bank.account(balance=10)
    reply = bank.batch(
        [
            withdraw(account_id, 5, linked=True),
            withdraw(account_id, 6),
            withdraw(account_id, 4, linked=True),
            withdraw(account_id, 6, linked=False),
        ]
    )
    assert statuses(reply) == ["linked_failed", "insufficient_funds", "posted", "posted"]
    assert bank.balance(account_id) == 0


def test_atomic(bank):
    account_id = bank.account(balance=10)
    reply = bank.batch([withdraw(account_id, 5), withdraw(account_id, 6)], atomic="true")
    assert statuses(reply) == ["linked_failed", "insufficient_funds"]
    assert (reply.status, bank.balance(account_id)) == (200, 10)
    reply = bank.batch([withdraw(account_id, 5), withdraw(account_id, 5)], atomic="true")
    assert (reply["posted"], bank.balance(account_id)) == (2, 0)


def test_dry_run(bank):
    account_id = bank.account(balance=10)
    items = [withdraw(account_id, 6, idempotency_key="k"), withdraw(account_id, 6)]
    reply = bank.batch(items, dry_run="true")
    assert statuses(reply) == ["posted", "insufficient_funds"]
    assert bank.balance(account_id) == 10
    assert len(bank.history(account_id)) == 2
    assert statuses(bank.batch(items)) == statuses(reply)


def test_given_timestamps(bank):
    account_id = bank.account(balance=1000, timestamp=T0)
    reply = bank.batch(
        [
            pay(account_id, 1000, timestamp=T0 + 1),
            withdraw(account_id, 20, timestamp=T0 + DAY),
            withdraw(account_id, 20, timestamp=T0 + DAY + 1),
            deposit(account_id, 1, timestamp=T0 + DAY),
        ],
        privileged="true",
    )
    assert statuses(reply) == ["posted", "insufficient_funds", "posted", "timestamp_in_past"]
    assert [line["operation"] for line in bank.history(account_id)][-3:] == [
        "pay",
        "cashback",
        "withdraw",
    ]


@pytest.mark.parametrize("query", [{}, {"privileged": "false"}])
def test_what_only_operators_may_is_asked_for(bank, query):
    account_id = bank.account(balance=1)
    exchange = {"operation": "exchange", "source_account_id": account_id, "amount": 1}
    exchange |= {"target_account_id": account_id, "target_amount": 1}
    for item, what in (
        (withdraw(account_id, timestamp=MAX), "give timestamp"),
        (exchange, "call exchange"),
    ):
        reply = bank.batch([withdraw(account_id), item], **query)
        assert (reply.status, reply.code) == (422, "invalid_batch")
        assert reply["reason"] == f"item 2: only operators may {what}, in a privileged batch"
    assert bank.balance(account_id) == 1
    assert statuses(bank.batch([withdraw(account_id, timestamp=None)], **query)) == ["posted"]


def test_a_key_of_the_batch(bank):
    account_id = bank.account(balance=5)
    items = [withdraw(account_id, 4), withdraw(account_id, 4)]
    first = bank.batch(items, key=fresh("key"))
    key = fresh("key")
    reply = bank.batch([deposit(account_id, 9)], key=key)
    again = bank.send("/batches", as_lines([deposit(account_id, 9)]), LINES, key)
    assert statuses(first) == ["posted", "insufficient_funds"]
    assert "Idempotent-Replayed" not in reply.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body == reply.body
    assert bank.balance(account_id) == 10
    other = bank.batch([deposit(account_id, 8)], key=key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert bank.batch([deposit(account_id, 9)], key=key, atomic="true").status == 422


def test_keys_of_items(bank):
    account_id = bank.account(balance=5)
    first = bank.post("/withdrawals", "one", account_id=account_id, amount=1)
    items = [
        withdraw(account_id, 1, idempotency_key="one"),
        withdraw(account_id, 1, idempotency_key="two"),
        withdraw(account_id, 1, idempotency_key="two"),
        withdraw(account_id, 2, idempotency_key="one"),
    ]
    reply = bank.batch(items)
    assert statuses(reply) == ["replayed", "posted", "replayed", "idempotency_key_reused"]
    assert reply["results"][0]["transaction_id"] == first["transaction_id"]
    # One of its items is a replay, not the answer.
    assert "Idempotent-Replayed" not in reply.headers
    assert bank.balance(account_id) == 3
    again = bank.post("/withdrawals", "two", account_id=account_id, amount=1)
    assert again["transaction_id"] == reply["results"][1]["transaction_id"]
    assert (bank.batch(items)["replayed"], bank.balance(account_id)) == (3, 3)


def test_at_the_same_time_under_one_key(bank):
    account_id, key = bank.account(), fresh("key")

    def send(_):
        return bank.another().batch([deposit(account_id)] * 3, key=key)

    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(send, range(4)))
    assert all(reply.body == replies[0].body for reply in replies)
    assert bank.balance(account_id) == 3


def test_ten_thousand_items_and_no_more(bank):
    account_id = bank.account()
    items = [deposit(account_id)] * 10_000
    assert bank.batch(items)["posted"] == 10_000
    for reply in (
        bank.batch([*items, items[0]]),
        bank.send("/batches", as_lines([*items, items[0]]), LINES),
    ):
        assert (reply.status, reply.code) == (413, "body_too_large")
    assert bank.balance(account_id) == 10_000


def test_four_mebibytes_and_no_more(bank):
    account_id = bank.account()
    text = json.dumps([deposit(account_id)])
    largest = text.ljust(4 * 1024 * 1024)
    assert bank.send("/batches", largest).status == 200
    assert bank.send("/batches", largest + " ").code == "body_too_large"
    # A body may come without telling its length.
    reply = bank.client.post(
        "/batches",
        input_stream=io.BytesIO((largest + " ").encode()),
        content_type="application/json",
        environ_base={"wsgi.input_terminated": True},
    )
    assert (reply.status_code, reply.json["code"]) == (413, "body_too_large")


def test_other_routes_stay_at_one_mebibyte(bank):
    text = json.dumps({"account_id": bank.account(), "amount": 1})
    assert bank.send("/deposits", text.ljust(1024 * 1024)).status == 200
    assert bank.send("/deposits", text.ljust(1024 * 1024 + 1)).code == "body_too_large"


# What is no batch at all: the body, the code, the member at fault.
NO_BATCHES = {
    "nothing": ("", "malformed_json", None),
    "half": ('[{"operation": "deposit"', "malformed_json", None),
    "no array": ("{}", "invalid_request", None),
    "null": ("null", "invalid_request", None),
    "empty": ("[]", "invalid_batch", None),
    "numbers": ("[1]", "invalid_request", "[0]"),
    "arrays": ("[[]]", "invalid_request", "[0]"),
    "deep": ("[" * 100_000, "malformed_json", None),
    "NaN": ('[{"operation": "deposit", "account_id": "a", "amount": NaN}]', "malformed_json", None),
    "not UTF-8": (b'[{"operation": "\xff"}]', "malformed_json", None),
}
NO_ITEMS = {
    "no operation": ({"account_id": "a", "amount": 1}, ""),
    "no such operation": ({"operation": "steal", "amount": 1}, "operation"),
    "unknown member": (deposit("a", note="x"), "note"),
    "member of another": (deposit("a", fee=1), "fee"),
    "other case": ({"operation": "deposit", "account_id": "a", "Amount": 1}, "Amount"),
    "no account": ({"operation": "deposit", "amount": 1}, "account_id"),
    "no amount": ({"operation": "deposit", "account_id": "a"}, "amount"),
    "amount null": (deposit("a", None), "amount"),
    "amount text": (deposit("a", "1"), "amount"),
    "amount true": (deposit("a", True), "amount"),
    "amount 1.0": (deposit("a", 1.0), "amount"),
    "amount 1.5": (deposit("a", 1.5), "amount"),
    "fee text": (pay("a", fee="1"), "fee"),
    "account a number": (deposit(5), "account_id"),
    "key a number": (deposit("a", idempotency_key=5), "idempotency_key"),
    "timestamp text": (deposit("a", timestamp="now"), "timestamp"),
    "linked text": (deposit("a", linked="true"), "linked"),
    "linked 1": (deposit("a", linked=1), "linked"),
    "value date text": (deposit("a", value_at="now"), "value_at"),
    "no hold": ({"operation": "release_hold"}, "hold_id"),
    "final text": ({"operation": "capture_hold", "hold_id": "hold1", "final": "no"}, "final"),
}


@pytest.mark.parametrize("name", NO_BATCHES)
def test_what_is_no_batch(bank, name):
    body, code, field = NO_BATCHES[name]
    reply = bank.send("/batches", body)
    assert (reply.code, reply.body.get("field")) == (code, field)
    assert reply.status == errors.STATUS[code]


@pytest.mark.parametrize("form", ["application/json", LINES])
@pytest.mark.parametrize("name", NO_ITEMS)
def test_what_is_no_item_is_named_by_its_place(bank, name, form):
    item, field = NO_ITEMS[name]
    account_id = bank.account()
    items = [deposit(account_id), item, deposit(account_id)]
    reply = bank.send("/batches", as_lines(items) if form == LINES else json.dumps(items), form)
    assert (reply.status, reply.code) == (422, "invalid_request")
    told = f"{reply.body.get('field')} {reply['detail']}"
    assert told.startswith("[1]")
    assert field in told
    assert bank.balance(account_id) == 0


@pytest.mark.parametrize("form", ["application/json", LINES])
@pytest.mark.parametrize(
    "item",
    [
        '{"operation": "deposit", "account_id": "a", "amount": 1, "amount": 2}',
        '{"operation": "deposit", "operation": "deposit", "account_id": "a", "amount": 1}',
        '{"operation": "deposit", "account_id": "a", "metadata": {"amount": 1, "amount": 2},'
        ' "amount": 1}',
    ],
)
def test_a_member_given_twice(bank, item, form):
    first = json.dumps(deposit("a"))
    reply = bank.send(
        "/batches", f"{first}\n{item}" if form == LINES else f"[{first},{item}]", form
    )
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert reply["field"] in ("[1].amount", "[1].operation")


@pytest.mark.parametrize(
    "text",
    [
        '{"operation": "deposit", "account_id": "a\\u0000", "amount": 1}',
        '{"operation": "deposit", "account_id": "\\ud800", "amount": 1}',
        '{"operation": "deposit", "account_id": "a", "amount": 9223372036854775808}',
        '{"operation": "deposit", "account_id": "a", "amount": 1' + "0" * 400 + "}",
    ],
)
def test_what_postgresql_cannot_hold(bank, text):
    for body, form in ((f"[{text}]", "application/json"), (text, LINES)):
        reply = bank.send("/batches", body, form)
        assert reply.status in (400, 422), reply.body
        assert reply.code in ("invalid_request", "invalid_batch", "malformed_json")


@pytest.mark.parametrize(
    "text",
    [
        '{"operation": "deposit",\n"account_id": "a", "amount": 1}',
        '{"operation": "deposit", "account_id": "a", "amount": 1} {}',
        '{"operation": "deposit"},{"operation": "deposit"}',
        '{"operation": "deposit", "account_id": "a"\n"amount": 1},{"operation": "deposit"}',
        '[{"operation": "deposit", "account_id": "a", "amount": 1}]',
        '{"operation": "deposit", "account_id": "a", "amount": 1},',
    ],
)
def test_lines_that_are_not_one_object_each(bank, text):
    reply = bank.send("/batches", text, LINES)
    assert (reply.status, reply.code) == (400, "malformed_json")


def test_other_media_types(bank):
    for form in "text/plain", "application/xml", "":
        reply = bank.send("/batches", "[]", form)
        assert (reply.status, reply.code) == (415, "unsupported_media_type")
        assert LINES in reply["detail"]
    assert bank.send("/deposits", "{}", LINES).status == 415


@pytest.mark.parametrize(
    "query", ["atomic=1", "atomic=True", "dry_run=", "atomic=true&atomic=true"]
)
def test_options_that_are_none(bank, query):
    assert bank.send(f"/batches?{query}", "[]").code == "invalid_request"


def test_values_are_judged_item_by_item(bank):
    account_id = bank.account(balance=1)
    items = [
        deposit(account_id, 0),
        deposit(account_id, MAX + 1),
        deposit(account_id, 1, metadata=[]),
        deposit(account_id, 1, idempotency_key=""),
        pay(account_id, 1, fee=-1),
        transfer(account_id, account_id),
        deposit(account_id, 1, timestamp=-1),
        deposit(account_id, 1, timestamp=T0),
        deposit(account_id, MAX),
    ]
    assert statuses(bank.batch(items, privileged="true")) == [
        "invalid_amount",
        "invalid_amount",
        "invalid_metadata",
        "invalid_idempotency_key",
        "invalid_argument",
        "same_account",
        "invalid_timestamp",
        "timestamp_in_past",
        "balance_limit_exceeded",
    ]
