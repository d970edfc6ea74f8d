"""What is measured: scripts for pgbench, operations for psycopg, and the data they work on."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

import psycopg
from tqdm import tqdm

from bench.load import Connection

ACCOUNTS = 10_000
BUSY = 1_000  # accounts that have a page of 50 lines whatever the size of the ledger
PAGE = 50
FLOOR = Path(__file__).with_name("floor.sql")

_ONE = r"\set a random(1, 10000)"
_TWO = _ONE + "\n" + r"\set b (:a - 1 + random(1, 9999)) % 10000 + 1"

# Scripts of pgbench by name. All call the function in FROM, as `SELECT * FROM bank.transfer(...)`.
SCRIPTS = {
    "floor.deposit": (_ONE, "floor.deposit('account' || :a, 100)"),
    "floor.transfer": (_TWO, "floor.transfer('account' || :a, 'account' || :b, 100)"),
    "floor.pay": (_ONE, "floor.pay('account' || :a, 100)"),
    "bank.deposit": (_ONE, "bank.deposit('account' || :a, 100)"),
    "bank.transfer": (_TWO, "bank.transfer('account' || :a, 'account' || :b, 100)"),
    "bank.pay": (_ONE, "bank.pay('account' || :a, 100)"),
    "bank.get_balance": (_ONE, "bank.get_balance('account' || :a)"),
    "bank.list_transactions": (
        r"\set a random(1, 1000)",
        "bank.list_transactions('account' || :a, \"limit\" => 50)",
    ),
    "hot deposit": ("", "bank.deposit('hot', 100)"),
    "hot transfer": (_ONE, "bank.transfer('account' || :a, 'hot', 100)"),
    "hot pay": (_ONE, "bank.pay('account' || :a, 100, 'hot')"),
    "collecting transfer": (_ONE, "bank.transfer('account' || :a, 'collecting', 100)"),
    "collecting pay": (_ONE, "bank.pay('account' || :a, 100, 'collecting')"),
}

GROWTH = ("bank.deposit", "bank.transfer", "bank.pay", "bank.get_balance", "bank.list_transactions")
# Pages of the console, about things that are there whatever the size of the ledger.
PAGES = {
    "overview": "/",
    "accounts": "/console/accounts",
    "search": "/console/accounts?search=count99",
    "account": "/console/account?account_id=account1",
    "account by value date": "/console/account?account_id=account1&by=value_at",
    "transaction": "/console/transaction?transaction_id=30000",
    "activity": "/console/activity",
}
REQUESTS = ("no-op", "GET balance", "POST transfer", "POST batch of 100")


def write_scripts(folder: Path) -> dict[str, Path]:
    """Every script as a file."""
    paths = {}
    for name, (settings, call) in SCRIPTS.items():
        paths[name] = folder / f"{name.replace(' ', '_')}.sql"
        paths[name].write_text(f"{settings}\nSELECT * FROM {call};\n")
    return paths


def two_accounts() -> tuple[str, str]:
    """Any two accounts."""
    first, second = random.sample(range(1, ACCOUNTS + 1), 2)
    return f"account{first}", f"account{second}"


def transfers(count: int, of: range = range(1, ACCOUNTS + 1)) -> str:
    """The JSON of a batch of transfers between any two accounts of a range."""
    pairs = (random.sample(of, 2) for _ in range(count))
    return _batch(pairs)


def _batch(pairs: object) -> str:
    return json.dumps(
        [
            {
                "operation": "transfer",
                "source_account_id": f"account{source}",
                "target_account_id": f"account{target}",
                "amount": 100,
            }
            for source, target in pairs  # type: ignore[attr-defined]
        ]
    )


def fill(url: str, legs: int, title: str) -> None:
    """Open the accounts, give them money, and post so many legs through bank.batch."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT count(*) FROM generate_series(1, %s) AS i, "
            "LATERAL bank.create_account('account' || i) AS a",
            [ACCOUNTS],
        )
        connection.execute(
            "SELECT bank.create_account(n) FROM unnest('{hot,collecting}'::text[]) n"
        )
        connection.execute("SELECT FROM bank.set_collecting('collecting', true)")
        connection.execute(
            "SELECT count(*) FROM generate_series(1, %s) AS i, "
            "LATERAL bank.deposit('account' || i, 1000000000000) AS d",
            [ACCOUNTS],
        )
    # A page of 50 lines for the busy ones, then uniformly, by two connections that never meet.
    halves = [range(1, ACCOUNTS // 2 + 1), range(ACCOUNTS // 2 + 1, ACCOUNTS + 1)]
    ring = [(i % BUSY + 1, (i + 1) % BUSY + 1) for i in range(BUSY * PAGE // 2)]
    batches = [_batch(ring[at : at + 5000]) for at in range(0, len(ring), 5000)]
    todo = max(legs // 2 - len(ring), 0) // 10_000
    with tqdm(total=legs, desc=title, unit="leg", unit_scale=True, disable=None) as bar:
        if bar.disable:
            print(f"{title} with {legs} legs ...", flush=True)

        def post(batch: str, connection: Connection) -> None:
            connection.execute("SELECT count(*) FROM bank.batch(%s)", [batch])
            bar.update(2 * batch.count("amount"))

        with (
            psycopg.connect(url, autocommit=True) as one,
            psycopg.connect(url, autocommit=True) as two,
            ThreadPoolExecutor(2) as pool,
        ):
            for batch in batches:
                post(batch, one)

            def half(connection: Connection, of: range, count: int) -> None:
                few = cycle([transfers(10_000, of) for _ in range(min(count, 20))])
                for _ in range(count):
                    post(next(few), connection)

            jobs = [
                pool.submit(half, one, halves[0], todo - todo // 2),
                pool.submit(half, two, halves[1], todo // 2),
            ]
            for job in jobs:
                job.result()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def number_events(url: str) -> None:
    """Number all legs as events, as a worker does, and add up what they come to."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT numbered FROM bank.number_events()").fetchone() != (0,):
            pass
        connection.execute("VACUUM ANALYZE")


def lay_floor(url: str) -> None:
    """The floor's tables with the rows that the ledger has, and the legs of one batch."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FLOOR.read_bytes())
        connection.execute("INSERT INTO floor.accounts SELECT * FROM ledger.accounts")
        connection.execute(
            "INSERT INTO floor.ledger_transactions SELECT * FROM ledger.ledger_transactions"
        )
        connection.execute(
            "INSERT INTO floor.batch_inserts SELECT * FROM ledger.ledger_transactions"
        )
        connection.execute("SELECT setval('floor.transaction_seq', 100000000)")
        row = connection.execute("SELECT max(transaction_id) FROM ledger.ledger_transactions")
        newest = row.fetchone()
        connection.execute("SELECT count(*) FROM bank.batch(%s)", [transfers(10_000)])
        connection.execute(
            "INSERT INTO floor.batch_legs "
            "SELECT * FROM ledger.ledger_transactions WHERE transaction_id > %s",
            newest,
        )
        connection.execute("VACUUM ANALYZE")


# Operations of Python clients: they get the connection and the client's number, and tell how many
# things they did.


def client_transfer(connection: Connection, _: int) -> int:
    """A transfer as applications usually do it: statement by statement, checks in between."""
    source, target = two_accounts()
    with connection.transaction():
        found = {}
        for account_id in sorted((source, target)):
            row = connection.execute(
                "SELECT balance, held, overdraft_limit, status, currency, version, head, "
                "floor(1000 * extract(epoch FROM clock_timestamp()))::bigint "
                "FROM floor.accounts WHERE account_id = %s FOR UPDATE",
                [account_id],
            ).fetchone()
            if row is None:
                raise LookupError(account_id)
            found[account_id] = row
        payer, payee = found[source], found[target]
        if payer[3] != "active" or payee[3] in ("blocked", "closed"):
            raise ValueError("status")
        if payer[4] != payee[4] or payer[0] - payer[1] + payer[2] < 100:
            raise ValueError("currency or funds")
        row = connection.execute("SELECT nextval('floor.transaction_seq')").fetchone()
        assert row
        now = payer[7]
        for leg, account_id, contra, amount in (1, source, target, -100), (2, target, source, 100):
            balance, _held, _limit, _status, _currency, version, head, _now = found[account_id]
            connection.execute(
                "INSERT INTO floor.ledger_transactions (account_id, version, transaction_id, "
                '"timestamp", recorded_at, operation, amount, balance_after, held_after, '
                "pending_cashback_after, overdraft_limit_after, contra_account_id, leg, actor, "
                "hash_version, hash) VALUES "
                "(%s, %s, %s, %s, %s, 'transfer', %s, %s, 0, 0, 0, %s, %s, session_user, 1, %s)",
                [
                    *(account_id, version + 1, row[0], now, now, amount, balance + amount),
                    *(contra, leg, head),
                ],
            )
            connection.execute(
                "UPDATE floor.accounts SET balance = %s, version = %s, last_timestamp = %s "
                "WHERE account_id = %s",
                [balance + amount, version + 1, now, account_id],
            )
    return 1


def bank_transfer(connection: Connection, _: int) -> int:
    """The same by our function, from the same client."""
    connection.execute("SELECT * FROM bank.transfer(%s, %s, 100)", two_accounts())
    return 1


class Batches:
    """Batches of one size, made beforehand."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.made = [transfers(size).encode() for _ in range(20)]

    def __call__(self, connection: Connection, _: int) -> int:
        """Run one of them and take all its results, as bytes: reading them is not the point."""
        result = connection.pgconn.exec_params(
            b"SELECT * FROM bank.batch($1)", [random.choice(self.made)]
        )
        if result.ntuples != self.size:
            raise ValueError(result.error_message.decode())
        return self.size


def insert_legs(connection: Connection, _: int) -> int:
    """Only insert the legs of a batch of 10 000."""
    connection.execute("SELECT floor.insert_legs()")
    return 10_000


def verify_ledger(connection: Connection, _: int) -> int:
    """Prove the whole ledger, hash by hash."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM ledger.ledger_transactions), bool_and(v.ok) "
        "FROM bank.verify_ledger() AS v"
    ).fetchone()
    if not (row and row[1]):
        raise ValueError("the ledger is not intact")
    return int(row[0])
