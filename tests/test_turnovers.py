"""Turnovers: whatever happens and whoever numbers it, they are what a recount of events says."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests import fuzz
from tests.http_helpers import DAY, MAX, fresh

STEPS = 400
PERIODS = {
    "minute": (60_000, 2 * DAY),
    "hour": (3_600_000, 93 * DAY),
    "day": (DAY, None),
    "ever": (MAX + 1, None),
}
# The server's clock, with a hand of ours.
CLOCK = """
CREATE TABLE public.clock (ahead bigint NOT NULL);
INSERT INTO public.clock VALUES (0);
GRANT SELECT ON public.clock TO PUBLIC;
CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql VOLATILE AS $function$
    SELECT floor(date_part('epoch', clock_timestamp()) * 1000)::bigint + c.ahead
    FROM public.clock AS c
$function$
"""
EVENTS = """
SELECT e.timestamp, e.recorded_at, a.currency, e.type, e.contra_account_id, t.leg, e.amount
FROM bank.events AS e
INNER JOIN ledger.ledger_transactions AS t USING (account_id, version)
INNER JOIN ledger.accounts AS a USING (account_id)
"""


def recount(db: psycopg.Connection) -> tuple[dict, int]:
    """What the numbered events come to by period; and when the newest was recorded."""
    counted: dict[tuple, Counter] = {}
    newest = 0
    for timestamp, recorded_at, currency, operation, contra, leg, amount in db.execute(EVENTS):
        newest = max(newest, recorded_at)
        house = contra if contra and contra.startswith("@") else ""
        for every, (length, _) in PERIODS.items():
            key = every, timestamp - timestamp % length, currency, operation, house
            counted.setdefault(key, Counter()).update(
                legs=1, transactions=leg == 1, debits=max(-amount, 0), credits=max(amount, 0)
            )
    return counted, newest


def require_recounted(db: psycopg.Connection) -> None:
    """All that is kept is as recounted, the mark too, and the ledger's own check agrees."""
    counted, newest = recount(db)
    (marked,) = db.execute("SELECT event_id, recorded_at FROM ledger.turnover_mark").fetchall()
    (last,) = db.execute("SELECT count(*) FROM bank.events").fetchone()
    assert marked == (last, newest)
    query = """
        SELECT every, since, currency, operation, house, legs, transactions, debits, credits
        FROM ledger.turnovers
    """
    kept = {tuple(row[:5]): row[5:] for row in db.execute(query)}

    def must_be(every, since, *_):
        for_ms = PERIODS[every][1]
        return for_ms is None or since >= newest - for_ms

    expected = {
        key: tuple(sums[name] for name in ("legs", "transactions", "debits", "credits"))
        for key, sums in counted.items()
        if must_be(*key)
    }
    assert {key: sums for key, sums in kept.items() if must_be(*key)} == expected
    assert db.execute("SELECT found FROM engine.verify_turnovers()").fetchall() == []


def number_all(db: psycopg.Connection) -> None:
    while db.execute("SELECT numbered FROM bank.number_events(50)").fetchone()[0]:
        pass


class History:
    """Operations of all kinds, at random, in accounts of two currencies."""

    def __init__(self, db: psycopg.Connection, url: str) -> None:
        self.db = db
        self.dice = fuzz.dice(__name__)
        self.done: Counter[str] = Counter()
        (self.now,) = db.execute("SELECT engine.now()").fetchone()
        self.old = [fresh("old") for _ in range(3)]  # whose entries are of the past
        self.new = [fresh("new") for _ in range(4)]
        self.shop = fresh("shop")
        self.usd = fresh("usd")
        self.moment = self.now - 120 * DAY
        for account_id in *self.old, *self.new, self.shop, self.usd:
            currency = "USD" if account_id == self.usd else "EUR"
            opened = 'SELECT FROM bank.create_account_at(%s, %s, "timestamp" => %s)'
            db.execute(opened, [account_id, currency, self.moment])
            deposited = 'SELECT FROM bank.deposit_at(%s, 1000000, "timestamp" => %s)'
            db.execute(deposited, [account_id, self.moment])
        db.execute("SELECT FROM bank.set_collecting(%s, true)", [self.shop])
        self.numbering = [psycopg.connect(url, autocommit=True) for _ in range(2)]
        # Each with an account of its own, and with an id that it has drawn and not committed.
        self.slow = {fresh("slow"): psycopg.connect(url) for _ in range(3)}
        for account_id in self.slow:
            db.execute("SELECT FROM bank.create_account(%s)", [account_id])

    def close(self) -> None:
        for connection in *self.numbering, *self.slow.values():
            connection.close()

    def call(self, query: str, values: list, db: psycopg.Connection | None = None):
        """The answer; None where it was refused, which is no fault of turnovers."""
        try:
            return (db or self.db).execute(f"SELECT r.* FROM {query} AS r", values).fetchone()
        except psycopg.DatabaseError as refused:
            assert refused.sqlstate.startswith("TL"), refused
            self.done["refused"] += 1
            return None

    def step(self) -> None:
        """One more of something."""
        kinds = [
            *("transfer", "past", "collected", "pay", "hold", "exchange", "batch", "reverse"),
            *("rewind", "status", "rolled_back", "late", "end_late", "number", "number", "fold"),
            "clock",
        ]
        kind = self.dice.choice(kinds)
        if getattr(self, kind)() is not None:
            self.done[kind] += 1

    def transfer(self):
        source, target = self.dice.sample(self.new, 2)
        amount = self.dice.randint(1, 100)
        return self.call("bank.transfer(%s, %s, %s)", [source, target, amount])

    def past(self):
        """At the time that operators give, later and later."""
        source, target = self.dice.sample(self.old, 2)
        self.moment += self.dice.choice([1, 60_000, 3_600_000, DAY])
        return self.call(
            'bank.transfer_at(%s, %s, 3, "timestamp" => %s)', [source, target, self.moment]
        )

    def collected(self):
        source = self.dice.choice(self.new)
        return self.call("bank.transfer(%s, %s, 2)", [source, self.shop])

    def fold(self):
        return self.call("bank.fold_collected(%s)", [self.dice.randint(1, 5)])

    def pay(self):
        paid = self.call("bank.pay(%s, 100, fee => 3)", [self.dice.choice(self.new)])
        if paid and self.dice.random() < 0.5:
            self.call("bank.refund_payment(%s, 40)", [paid[0]])
        self.call("bank.settle_cashbacks()", [])
        return paid

    def hold(self):
        account_id, target = self.dice.sample(self.new, 2)
        held = self.call("bank.hold(%s, 30, target_account_id => %s)", [account_id, target])
        return held and self.call("bank.capture_hold(%s, 20)", [held[0]])

    def exchange(self):
        return self.call("bank.exchange(%s, %s, 10, 11)", [self.dice.choice(self.new), self.usd])

    def batch(self):
        item = '{"operation": "deposit", "account_id": "%s", "amount": 1}'
        items = ", ".join(item % self.dice.choice(self.new) for _ in range(3))
        return self.call("bank.batch(%s)", [f"[{items}]"])

    def reverse(self):
        moved = self.transfer()
        return moved and self.call("bank.reverse_transaction(%s, 'by mistake')", [moved[0]])

    def rewind(self):
        """An account that is ahead of the clock, brought back."""
        account_id = fresh("ahead")
        (now,) = self.db.execute("SELECT engine.now()").fetchone()
        self.call('bank.create_account_at(%s, "timestamp" => %s)', [account_id, now + 50_000])
        return self.call("bank.rewind_account(%s, 'a wrong clock')", [account_id])

    def status(self):
        account_id = fresh("brief")
        self.call("bank.create_account(%s)", [account_id])
        self.call("bank.freeze_account(%s, 'asked for')", [account_id])
        self.call("bank.unfreeze_account(%s, 'asked for')", [account_id])
        return self.call("bank.close_account(%s, 'asked for')", [account_id])

    def rolled_back(self):
        """Ids that nobody ever sees."""
        with self.db.transaction(force_rollback=True):
            return self.call("bank.deposit(%s, 1)", [self.dice.choice(self.new)])

    def late(self):
        account_id, connection = self.dice.choice([*self.slow.items()])
        return self.call("bank.deposit(%s, 1)", [account_id], connection)

    def end_late(self):
        connection = self.dice.choice([*self.slow.values()])
        (connection.commit if self.dice.random() < 0.7 else connection.rollback)()
        return True

    def number(self):
        limit = self.dice.choice([1, 5, 100])
        return self.call(
            "bank.number_events(%s)", [limit], self.dice.choice([self.db, *self.numbering])
        )

    def clock(self):
        ahead = self.dice.choice([0, 60_000, 3_600_000, DAY])
        return self.db.execute("UPDATE public.clock SET ahead = ahead + %s RETURNING 1", [ahead])


@pytest.fixture
def history(own_url):
    with psycopg.connect(own_url, autocommit=True) as db:
        db.execute(CLOCK)
        db.execute("SET jit = off")  # which takes longer than what a recount reads
        history = History(db, own_url)
        yield history
        history.close()


def test_they_are_what_a_recount_says(history):
    db = history.db
    for number in range(STEPS):
        history.step()
        if number % 40 == 0:
            require_recounted(db)
    kinds = {name for name in vars(History) if name[0] != "_"} - {"call", "close", "step"}
    assert history.done.keys() - {"refused"} == kinds
    assert history.done["refused"] < STEPS / 5

    for connection in history.slow.values():
        connection.commit()
    history.call("bank.fold_collected()", [])
    number_all(db)
    require_recounted(db)
    totals = """
        SELECT t.currency, t.account_id, t.balance FROM bank.ledger_totals() AS t
        ORDER BY t.currency, t.account_id COLLATE "C"
    """
    trial = "SELECT b.currency, b.account_id, b.balance FROM bank.trial_balance() AS b"
    # Cashback that is due and not posted counts there alone, so nothing of it may be left.
    while db.execute("SELECT settled FROM bank.settle_cashbacks()").fetchone()[0]:
        number_all(db)
    assert db.execute(totals).fetchall() == db.execute(trial).fetchall()
    opened = "SELECT count(*) FROM ledger.accounts WHERE status <> 'closed' AND currency = %s"
    lines = "SELECT currency, accounts FROM bank.ledger_totals() WHERE account_id = '@customers'"
    for currency, accounts in db.execute(lines).fetchall():
        assert db.execute(opened, [currency]).fetchone() == (accounts,)


def test_whoever_numbers_and_whatever_is_given_up(new_ledger):
    """Sessions that number at once, in transactions that are given up, while others write."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        accounts = [fresh("busy") for _ in range(4)]
        for account_id in accounts:
            db.execute("SELECT FROM bank.create_account(%s)", [account_id])
            db.execute("SELECT FROM bank.deposit(%s, 1000)", [account_id])
        done = threading.Event()

        def write(number: int) -> None:
            dice = fuzz.dice(__name__, number)
            with psycopg.connect(url) as connection:
                for _ in range(60):
                    source, target = dice.sample(accounts, 2)
                    connection.execute("SELECT bank.transfer(%s, %s, 1)", [source, target])
                    (connection.rollback if dice.random() < 0.2 else connection.commit)()

        def number(isolation: psycopg.IsolationLevel) -> Counter[str]:
            dice = fuzz.dice(__name__, isolation)
            ended: Counter[str] = Counter()
            with psycopg.connect(url) as connection:
                connection.isolation_level = isolation
                while not done.is_set():
                    try:
                        connection.execute("SELECT bank.number_events(7)")
                        given_up = dice.random() < 0.3
                        (connection.rollback if given_up else connection.commit)()
                        ended["given up" if given_up else "kept"] += 1
                    except psycopg.errors.SerializationFailure:
                        connection.rollback()
                        ended["too late"] += 1
            return ended

        levels = psycopg.IsolationLevel
        with ThreadPoolExecutor(5) as pool:
            numbering = [
                pool.submit(number, level)
                for level in (levels.READ_COMMITTED, levels.REPEATABLE_READ, levels.SERIALIZABLE)
            ]
            writing = [pool.submit(write, each) for each in range(2)]
            try:
                for each in writing:
                    each.result()
            finally:
                done.set()
            for each in numbering:
                ended = each.result()
                assert ended["kept"]
                assert ended["given up"]
        number_all(db)
        require_recounted(db)
        assert db.execute("SELECT every FROM ledger.turnovers WHERE every = 'ever'").fetchone()
