"""Many at once: nobody sees a deadlock, nothing appears or vanishes, and the books prove it."""

import itertools
import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dev.variables import whole
from tests import fuzz

THREADS = whole("CONCURRENCY_THREADS")
ROUNDS = whole("CONCURRENCY_ROUNDS")
STAKE = 1_000_000

names = itertools.count()
order = fuzz.dice(__name__)


@pytest.fixture
def together(own_url):
    """`together(work)` runs work(number, connection) in every thread, all starting at once."""

    def together(work, threads=THREADS):
        barrier = threading.Barrier(threads)

        def run(number):
            with psycopg.connect(own_url, autocommit=True) as db:
                barrier.wait()
                return work(number, db)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(run, range(threads)))

    return together


@pytest.fixture
def db(own_url):
    """For what comes before and after; afterwards the books are intact, and none is missing."""
    with psycopg.connect(own_url, autocommit=True) as db:
        yield db
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []


def accounts(db, count, stake=STAKE):
    """New accounts, in no order that a name tells."""
    found = [f"{order.randrange(16**4):04x}-{next(names)}" for _ in range(count)]
    for account_id in found:
        db.execute("SELECT bank.create_account(%s)", [account_id])
        if stake:
            db.execute("SELECT bank.deposit(%s, %s)", [account_id, stake])
    return found


def total(db, account_ids):
    query = "SELECT sum(balance) FROM ledger.accounts WHERE account_id = ANY(%s)"
    return db.execute(query, [account_ids]).fetchone()[0]


def transfer(db, source, target, amount=1, key=None):
    db.execute(
        "SELECT bank.transfer(%s, %s, %s, idempotency_key => %s)", [source, target, amount, key]
    )


def test_opposite_transfers(db, together):
    alice, bob = accounts(db, 2)

    def work(number, own):
        for _ in range(ROUNDS):
            transfer(own, *((alice, bob) if number % 2 else (bob, alice)))

    together(work)
    assert total(db, [alice, bob]) == 2 * STAKE


def test_circular_transfers(db, together):
    ring = accounts(db, 5)

    def work(number, own):
        for step in range(number, number + ROUNDS):
            transfer(own, ring[step % 5], ring[(step + 1) % 5])

    together(work)
    assert total(db, ring) == 5 * STAKE


def test_one_hot_account(db, together):
    hot, *others = accounts(db, THREADS + 1)

    def work(number, own):
        for _ in range(ROUNDS):
            transfer(own, others[number], hot, 2)
            transfer(own, hot, others[number], 1)

    together(work)
    assert total(db, [hot]) == STAKE + THREADS * ROUNDS
    assert total(db, others) == STAKE * THREADS - THREADS * ROUNDS


def test_the_last_cent_is_spent_once(db, together):
    (alice,) = accounts(db, 1, stake=ROUNDS)

    def work(number, own):
        spent = 0
        for _ in range(ROUNDS):
            try:
                own.execute("SELECT bank.withdraw(%s, 1)", [alice])
                spent += 1
            except psycopg.Error as error:
                assert error.sqlstate == "TL302", error
        return spent

    assert sum(together(work)) == ROUNDS
    assert total(db, [alice]) == 0


def test_the_same_key_posts_once(db, together):
    alice, bob = accounts(db, 2)
    keys = [f"{secrets.token_hex(4)}" for _ in range(ROUNDS)]
    query = "SELECT transaction_id FROM bank.transfer(%s, %s, 1, idempotency_key => %s)"

    def work(number, own):
        return [own.execute(query, [alice, bob, key]).fetchone()[0] for key in keys]

    answers = together(work)
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == ROUNDS
    assert total(db, [bob]) == STAKE + ROUNDS


def test_an_account_is_opened_once(db, together):
    names = [secrets.token_hex(8) for _ in range(ROUNDS)]

    def work(number, own):
        opened = 0
        for name in names:
            try:
                own.execute("SELECT bank.create_account(%s)", [name])
                opened += 1
            except psycopg.Error as error:
                assert error.sqlstate == "TL301", error
        return opened

    assert sum(together(work)) == ROUNDS


def test_a_collecting_account_under_load(db, together):
    shop, *payers = accounts(db, THREADS + 1)
    db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])

    def work(number, own):
        for step in range(ROUNDS):
            own.execute("SELECT bank.pay(%s, 3, %s)", [payers[number], shop])
            if step % 10 == 0:
                own.execute("SELECT bank.withdraw(%s, 1)", [shop])
            if number == 0:
                wrong = own.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall()
                assert wrong == [], "in the middle of it, too"

    together(work)
    query = "SELECT balance FROM bank.get_balance(%s)"
    withdrawn = THREADS * len(range(0, ROUNDS, 10))
    earned = 3 * THREADS * ROUNDS
    assert db.execute(query, [shop]).fetchone()[0] == STAKE + earned - withdrawn
    db.execute("SELECT bank.deposit(%s, 1)", [shop])
    assert total(db, [shop]) == STAKE + earned - withdrawn + 1


def test_batches_beside_each_other_and_single_operations(db, together):
    """Accounts overlap, in every order; nobody waits in a circle, and no cent is lost."""
    own_accounts = accounts(db, 12)

    def work(number, own):
        dice = fuzz.dice(__name__, number)
        posted = 0
        for _ in range(ROUNDS // 3):
            if number % 4 == 0:
                source, target = dice.sample(own_accounts, 2)
                transfer(own, source, target)
                continue
            items = []
            for _ in range(20):
                source, target = dice.sample(own_accounts, 2)
                items.append(
                    {
                        "operation": "transfer",
                        "source_account_id": source,
                        "target_account_id": target,
                        "amount": dice.choice([1, 10, 2 * len(own_accounts) * STAKE]),
                        "linked": dice.random() < 0.2,
                    }
                )
            items[-1]["linked"] = False
            query = "SELECT count(*) FROM bank.batch(%s) WHERE status = 'posted'"
            posted += own.execute(query, [json.dumps(items)]).fetchone()[0]
        return posted

    assert sum(together(work)) > 0
    assert total(db, own_accounts) == len(own_accounts) * STAKE


def test_everybody_pays_a_collecting_account(db, together):
    """By every way there is, while its owner spends, its cashbacks settle and its readers read."""
    shop, *payers = accounts(db, THREADS + 1, stake=1000)
    db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])
    agree = """
        SELECT b.balance = (
            SELECT sum(t.amount) FROM bank.list_transactions(%(shop)s, "limit" => NULL) AS t
        )
        FROM bank.get_balance(%(shop)s) AS b
    """
    pays = {"operation": "pay", "amount": 1, "merchant_account_id": shop}
    sends = {"operation": "transfer", "amount": 1, "target_account_id": shop}

    def work(number, own):
        payer = payers[number]
        items = [pays | {"account_id": payer}, sends | {"source_account_id": payer}] * 5
        for step in range(ROUNDS):
            if number == 0:
                own.execute("SELECT bank.pay(%s, 50)", [shop])
                own.execute("SELECT bank.deposit(%s, 50)", [shop])
                own.execute("SELECT bank.settle_cashbacks()")
            elif number == 1:
                assert own.execute(agree, {"shop": shop}).fetchone()[0]
            elif step % 3 == 0:
                own.execute("SELECT bank.batch(%s)", [json.dumps(items)])
            elif step % 3 == 1:
                own.execute("SELECT bank.pay(%s, 10, %s)", [payer, shop])
            else:
                transfer(own, payer, shop, 10)

    together(work)
    earned = 10 * ROUNDS * (THREADS - 2)
    assert db.execute(agree, {"shop": shop}).fetchone()[0]
    query = "SELECT balance FROM bank.get_balance(%s)"
    assert db.execute(query, [shop]).fetchone()[0] == 1000 + earned
    # What is still collected becomes legs in the log, without gaps: see the fixture `db`.
    db.execute("SELECT bank.withdraw(%s, 1)", [shop])
    query = "SELECT count(*) FROM ledger.collected_credits WHERE account_id = %s"
    assert db.execute(query, [shop]).fetchone()[0] == 0
    assert total(db, [shop]) == 1000 + earned - 1
    assert total(db, payers) == 1000 * THREADS - earned
    query = "SELECT count(*), max(version) FROM ledger.ledger_transactions WHERE account_id = %s"
    count, newest = db.execute(query, [shop]).fetchone()
    batches = len(range(0, ROUNDS, 3)) * 10 + len(range(1, ROUNDS, 3)) + len(range(2, ROUNDS, 3))
    assert count == newest == 4 + 2 * ROUNDS + batches * (THREADS - 2)


def test_settling_beside_operations(db, together):
    """Every cashback is credited once, whoever comes first; nobody waits for anybody for long."""
    own_accounts = accounts(db, 8)
    for account_id in own_accounts:
        for amount in range(50, 50 + 20):
            db.execute("SELECT bank.pay(%s, %s)", [account_id, amount * 50])
    delay = 86_400_000
    due = db.execute("SELECT max(due_at) FROM engine.cashbacks").fetchone()[0]
    db.execute("UPDATE ledger.settings SET max_ahead_ms = %s", [3 * delay])
    earned = 8 * sum(range(50, 70))
    spent = 8 * sum(amount * 50 for amount in range(50, 70))

    def work(number, own):
        dice = fuzz.dice(__name__, number)
        settled = 0
        for _ in range(ROUNDS):
            if number % 4 == 0:
                query = "SELECT settled FROM bank.settle_cashbacks(%s, 7)"
                settled += own.execute(query, [due + delay]).fetchone()[0]
            else:
                source, target = dice.sample(own_accounts, 2)
                query = 'SELECT bank.transfer_at(%s, %s, 1, "timestamp" => %s)'
                own.execute(query, [source, target, due + delay])
        return settled

    together(work)
    rest = db.execute("SELECT remaining FROM bank.settle_cashbacks(%s)", [due + delay]).fetchone()
    db.execute("UPDATE ledger.settings SET max_ahead_ms = DEFAULT")
    assert rest == (0,)
    assert total(db, own_accounts) == 8 * STAKE - spent + earned


def test_everything_at_once(db, together):
    own_accounts = accounts(db, 6)
    for account_id in own_accounts[:2]:
        db.execute("SELECT FROM bank.set_collecting(%s, true)", [account_id])

    def work(number, own):
        dice = fuzz.dice(__name__, number)
        outside = 0
        for step in range(ROUNDS):
            one, other = dice.sample(own_accounts, 2)
            kind = dice.randrange(5)
            if kind == 0:
                own.execute("SELECT bank.deposit(%s, 5)", [one])
                outside += 5
            elif kind == 1:
                own.execute("SELECT bank.withdraw(%s, 3)", [one])
                outside -= 3
            elif kind == 2:
                fee = "SELECT bank.pay(%s, 2, %s, 1)"
                own.execute(fee, [one, other])
                outside -= 1
            elif kind == 3:
                transfer(own, one, other, 7, key=f"{number}.{step}")
            else:
                own.execute("SELECT bank.settle_cashbacks()")
        return outside

    moved = sum(together(work))
    query = "SELECT sum(b.balance) FROM unnest(%s::text[]) AS a, bank.get_balance(a) AS b"
    assert db.execute(query, [own_accounts]).fetchone()[0] == 6 * STAKE + moved
