from concurrent.futures import ThreadPoolExecutor

from tests.http_helpers import T0


def test_transfer(bank):
    source, target = bank.account(balance=1000), bank.account()
    reply = bank.post("/transfers", source_account_id=source, target_account_id=target, amount=1000)
    assert (reply.status, reply["balance"], reply["available"]) == (200, 0, 0)
    assert bank.balance(target) == 1000
    out, into = bank.history(source)[-1], bank.history(target)[-1]
    assert out["transaction_id"] == into["transaction_id"] == reply["transaction_id"]
    assert (out["amount"], out["contra_account_id"]) == (-1000, target)
    assert (into["amount"], into["contra_account_id"]) == (1000, source)
    assert out["timestamp"] == into["timestamp"]


def test_more_than_there_is(bank):
    source, target = bank.account(balance=99), bank.account()
    reply = bank.post("/transfers", source_account_id=source, target_account_id=target, amount=100)
    assert (reply.status, reply.code) == (409, "insufficient_funds")
    assert (reply["account_id"], reply["available"], reply["required"]) == (source, 99, 100)
    assert (bank.balance(source), bank.balance(target)) == (99, 0)


def test_to_oneself(bank):
    one = bank.account(balance=5)
    reply = bank.post("/transfers", source_account_id=one, target_account_id=one, amount=1)
    assert (reply.status, reply.code) == (422, "same_account")


def test_unknown_accounts_on_either_side(bank):
    one = bank.account(balance=5)
    for source, target in (one, "nobody"), ("nobody", one):
        reply = bank.post(
            "/transfers", source_account_id=source, target_account_id=target, amount=1
        )
        assert (reply.status, reply.code) == (404, "account_not_found")
        assert reply["account_id"] == "nobody"


def test_mixed_currencies(bank):
    euro, dollar = bank.account(balance=5), bank.account(currency="USD")
    reply = bank.post("/transfers", source_account_id=euro, target_account_id=dollar, amount=1)
    assert (reply.status, reply.code) == (422, "currency_mismatch")


def test_one_timestamp_for_both_sides(bank):
    source, target = bank.account(balance=5, timestamp=T0), bank.account(timestamp=T0 + 10)
    body = {"source_account_id": source, "target_account_id": target, "amount": 1}
    assert bank.post("/transfers", **body, timestamp=T0 + 9).code == "timestamp_in_past"
    assert bank.post("/transfers", **body, timestamp=T0 + 10)["timestamp"] == T0 + 10


def test_opposite_transfers_do_not_deadlock(bank, db):
    one, two = bank.account(balance=1000), bank.account(balance=1000)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = db.execute(deadlocks).fetchone()

    def move(source, target):
        mine = bank.another()
        body = {"source_account_id": source, "target_account_id": target, "amount": 1}
        return [mine.post("/transfers", **body).status for _ in range(100)]

    with ThreadPoolExecutor(4) as threads:
        pairs = [(one, two), (two, one)] * 2
        statuses = [
            status for done in threads.map(move, *zip(*pairs, strict=True)) for status in done
        ]
    assert statuses == [200] * 400
    assert (bank.balance(one), bank.balance(two)) == (1000, 1000)
    db.execute("SELECT pg_stat_clear_snapshot()")
    assert db.execute(deadlocks).fetchone() == before
    for account_id in one, two:
        lines = bank.history(account_id, limit=1000)
        assert [line["version"] for line in lines] == list(range(1, 403))
        ids = [line["transaction_id"] for line in lines]
        assert ids == sorted(ids)


def test_a_crowd_cannot_overdraw(bank):
    source, target = bank.account(balance=10), bank.account()

    def move(_):
        mine = bank.another()
        body = {"source_account_id": source, "target_account_id": target, "amount": 3}
        return mine.post("/transfers", **body).status

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(move, range(16)))
    assert statuses == [200] * 3 + [409] * 13
    assert (bank.balance(source), bank.balance(target)) == (1, 9)
