"""A batch means what its items mean one by one: held against them on random mixes.

Each mix runs four times on the same ledger, every time undone by a savepoint: as a dry run, through
bank.batch, through engine.batch_one_by_one, and through the single functions, called from here.
BATCH_EXAMPLES=3000 looks longer.
"""

import copy
import json
import os
import time

import psycopg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dev.load import load
from dev.testbed import scratch_database
from tests.http_helpers import DAY, MAX, T0

EXAMPLES = int(os.environ.get("BATCH_EXAMPLES", "150"))
AHEAD = 4_000_000_000_000  # a time to come

LEDGER = """
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('POINTS', 0);
    INSERT INTO ledger.cashback_policies VALUES ('POINTS', 5000, 0);
    UPDATE ledger.cashback_policies SET delay_ms = 5000 WHERE currency = 'USD';
    PERFORM bank.create_account(a.id, a.currency, a.overdraft, {t0})
    FROM (VALUES
        ('alice', 'EUR', 0), ('bob', 'EUR', 50), ('Zoe', 'EUR', 0), ('frozen', 'EUR', 0),
        ('blocked', 'EUR', 0), ('closed', 'EUR', 0), ('full', 'EUR', 0), ('ahead', 'EUR', 0),
        ('held', 'EUR', 0), ('watched', 'EUR', 0), ('shop', 'EUR', 0), ('till', 'EUR', 0),
        ('stall', 'EUR', 0), ('due', 'USD', 0), ('usd', 'USD', 0), ('usd-shop', 'USD', 0),
        ('p1', 'POINTS', 0), ('p2', 'POINTS', 0)
    ) AS a (id, currency, overdraft);
    PERFORM bank.deposit(a.id, 1000, {t0})
    FROM unnest(ARRAY['alice', 'Zoe', 'frozen', 'blocked', 'ahead', 'held', 'due', 'usd', 'p1',
        'usd-shop', 'watched', 'stall']) AS a (id);
    PERFORM bank.deposit('full', {max} - 10, {t0});
    PERFORM bank.deposit('ahead', 1, {ahead});
    PERFORM bank.pay(a.id, 500, "timestamp" => {t0})
    FROM unnest(ARRAY['due', 'usd-shop']) AS a (id);
    PERFORM bank.hold('held', 900, {t0} + 5000, "timestamp" => {t0});
    PERFORM bank.create_monitor('watched', 'balance', 'lt', 950, {t0});
    UPDATE ledger.accounts AS a SET status = a.account_id
    WHERE a.account_id IN ('frozen', 'blocked', 'closed');
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('shop', 'till', 'stall', 'usd-shop');
    PERFORM bank.transfer('Zoe', 'shop', 20, {t0} + 100);
    PERFORM bank.transfer('Zoe', 'shop', 10, {t0} + 200);
    PERFORM bank.transfer('ahead', 'till', 30, {ahead});
    PERFORM bank.deposit('alice', 5, {t0}, idempotency_key => 'k1');
    PERFORM bank.pay('alice', 50, 'shop', 1, idempotency_key => 'k2');
    PERFORM bank.transfer('alice', 'bob', 7, idempotency_key => 'k3');
END;
$given$;
"""

USUAL = ["alice", "bob", "Zoe"]
ACCOUNTS = [*USUAL, "frozen", "blocked", "closed", "full", "ahead", "held", "shop", "till", "stall"]
ACCOUNTS += [
    "due",
    "usd",
    "usd-shop",
    "p1",
    "p2",
    "nobody",
    "Nobody",
    "@external",
    "x" * 5000,
    None,
]
TIMES = [T0 - 1, T0, T0 + 150, T0 + 4999, T0 + 5000, T0 + 5001, T0 + DAY, -1, MAX - 10, MAX + 1]

account_ids = st.one_of(st.sampled_from(USUAL), st.sampled_from(ACCOUNTS))
amounts = st.one_of(
    st.sampled_from([1, 2, 5, 7, 10, 49, 50, 100, 500]),
    st.sampled_from([0, -1, 11, 920, 1000, MAX - 11, MAX - 10, MAX, MAX + 1, 2**62, None]),
)
keys = st.sampled_from(["k1", "k2", "k3", "n1", "n2", ""])
metadata = st.sampled_from([{}, {"m": 1}, {"m": [1, "ä"]}, [], "text"])
REPEATS = [
    {"operation": "deposit", "account_id": "alice", "amount": 5, "timestamp": T0},
    {
        "operation": "pay",
        "account_id": "alice",
        "amount": 50,
        "merchant_account_id": "shop",
        "fee": 1,
    },
    {
        "operation": "transfer",
        "source_account_id": "alice",
        "target_account_id": "bob",
        "amount": 7,
    },
]


@st.composite
def item(draw, timed, keyed, names):
    # Few accounts in a mix, so that they meet.
    who = st.one_of(*[st.sampled_from(names)] * 4, account_ids)
    operation = draw(st.sampled_from(["deposit", "withdraw", "transfer", "pay"]))
    made = {"operation": operation, "amount": draw(amounts)}
    if operation == "transfer":
        made |= {"source_account_id": draw(who), "target_account_id": draw(who)}
    else:
        made["account_id"] = draw(who)
    if operation == "pay":
        if draw(st.booleans()):
            made["merchant_account_id"] = draw(who)
        if draw(st.booleans()):
            made["fee"] = draw(st.sampled_from([0, 1, 10, -1, MAX, None]))
    if timed and draw(st.booleans()):
        made["timestamp"] = draw(st.sampled_from(TIMES))
    if draw(st.integers(0, 9)) == 0:
        made["metadata"] = draw(metadata)
    if keyed and draw(st.booleans()):
        if draw(st.booleans()):
            number = draw(st.integers(0, 2))
            made = copy.deepcopy(REPEATS[number]) | {"idempotency_key": f"k{number + 1}"}
        else:
            made["idempotency_key"] = draw(keys)
    if draw(st.integers(0, 3)) == 0:
        made["linked"] = True
    return made


@st.composite
def mixes(draw):
    options = {name: draw(st.booleans()) for name in ("timed", "keyed")}
    options["names"] = draw(
        st.lists(st.sampled_from([*ACCOUNTS, "watched"]), min_size=2, max_size=4, unique=True)
    )
    items = draw(st.lists(item(**options), min_size=1, max_size=12))
    for place in draw(st.lists(st.integers(0, len(items) - 1), max_size=2)):
        items.append(copy.deepcopy(items[place]))
    items[-1].pop("linked", None)
    return items


@pytest.fixture(scope="module")
def ledger(server):
    """A connection within a transaction that has made the accounts."""
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url) as connection:
            connection.execute(LEDGER.format(t0=T0, max=MAX, ahead=AHEAD))
            connection.execute("SAVEPOINT given")
            yield connection
            connection.rollback()


def back(ledger):
    ledger.execute("ROLLBACK TO given")


def batch(ledger, items, atomic, dry_run=False):
    query = "SELECT to_jsonb(r) FROM bank.batch(%s, %s, %s) AS r"
    return [row[0] for row in ledger.execute(query, [json.dumps(items), atomic, dry_run])]


def one_by_one(ledger, items, atomic):
    query = """
        SELECT to_jsonb(r)
        FROM unnest(engine.batch_one_by_one(
            ARRAY(SELECT i FROM engine.batch_items(%s, %s) AS i ORDER BY i.item)
        )) AS r
    """
    return [row[0] for row in ledger.execute(query, [json.dumps(items), atomic])]


def single(ledger, made):
    """The receipt of the function of an item, and whether it replays."""
    arguments = {name: value for name, value in made.items() if value is not None}
    operation = arguments.pop("operation")
    arguments.pop("linked", None)
    required = {"transfer": ("source_account_id", "target_account_id")}
    for name in (*required.get(operation, ("account_id",)), "amount"):
        arguments.setdefault(name, None)
    if "metadata" in arguments:
        arguments["metadata"] = json.dumps(arguments["metadata"])
    given = ", ".join(f'"{name}" => %({name})s' for name in arguments)
    notices = []
    ledger.add_notice_handler(notices.append)
    query = f"SELECT to_jsonb(r) FROM bank.{operation}({given}) AS r"
    try:
        (receipt,) = ledger.execute(query, arguments).fetchone()
    finally:
        ledger.remove_notice_handler(notices.append)
    return receipt, bool(notices)


def singles(ledger, items, atomic):
    results = []
    while len(results) < len(items):
        first = len(results)
        last = first
        while last + 1 < len(items) and (atomic or items[last].get("linked")):
            last += 1
        ledger.execute("SAVEPOINT chain")
        try:
            for number in range(first, last + 1):
                results.append(posted(items[number], *single(ledger, items[number])))
        except psycopg.Error as error:
            assert error.sqlstate.startswith("TL"), error
            failed = len(results)
            del results[first:]
            ledger.execute("ROLLBACK TO chain")
            results += [refused("linked_failed", {})] * (last + 1 - first)
            detail = json.loads(error.diag.message_detail)
            results[failed] = refused(error.diag.message_primary, detail)
        ledger.execute("RELEASE chain")
    for number, result in enumerate(results):
        results[number] = result | {"item": number + 1, "operation": items[number]["operation"]}
    return results


NOTHING = dict.fromkeys(
    ["transaction_id", "payment_id", "account_id", "balance", "available", "timestamp", "cashback"]
)


def posted(made, receipt, replayed):
    result = NOTHING | {name: receipt[name] for name in NOTHING if name in receipt}
    result["account_id"] = made.get("account_id", made.get("source_account_id"))
    return result | {"status": "replayed" if replayed else "posted", "code": None, "detail": None}


def refused(code, detail):
    return NOTHING | {"status": "refused", "code": code, "detail": detail}


class Names:
    """What differs from run to run under names that do not: ids, and times told by the clock."""

    def __init__(self):
        self.names = {}
        self.now = time.time() * 1000

    def plain(self, value, name=""):
        if isinstance(value, dict):
            return {key: self.plain(one, key) for key, one in value.items() if key != "folded_in"}
        if isinstance(value, list):
            return [self.plain(one) for one in value]
        if value and name in ("transaction_id", "payment_id", "payment_ref", "payment_number"):
            name = "transaction" if name == "transaction_id" else "payment"
            value = str(value).removeprefix("payment")
            known = self.names.setdefault(name, {})
            return known.setdefault(value, f"{name} {len(known)}")
        days = round((value - self.now) / DAY) if isinstance(value, int) else None
        return {0: "now", 1: "tomorrow"}.get(days, value)


STATE = {
    "accounts": ("account_id", ["head"]),
    "ledger_transactions": ("account_id, version", ["recorded_at", "hash"]),
    "payments": ("account_id, payment_number", []),
    "cashbacks": ("account_id, payment_number", []),
    "holds": ("account_id, hold_number", ["transaction_id"]),
    "monitors": ("account_id, monitor_number", []),
    "collected_credits": ("account_id, transaction_id", []),
    "idempotency_keys": ("account_id, idempotency_key", []),
}


def rows(ledger):
    """Every row there is."""
    return {
        table: [
            row[0]
            for row in ledger.execute(f"SELECT to_jsonb(t) FROM ledger.{table} AS t ORDER BY {key}")
        ]
        for table, (key, _) in STATE.items()
    }


def state(ledger, names):
    """The ledger once all that is due is posted and all that was collected is folded."""
    ledger.execute("SELECT bank.settle_cashbacks(), bank.expire_holds()")
    ledger.execute("SELECT engine.lock_account(a.account_id) FROM ledger.accounts AS a")
    found = rows(ledger)
    wrong = ledger.execute('SELECT "check", sample FROM bank.verify_ledger() WHERE NOT ok')
    assert wrong.fetchall() == []
    return {
        table: [
            names.plain({name: value for name, value in row.items() if name not in STATE[table][1]})
            for row in found[table]
        ]
        for table in STATE
    }


def at_once(ledger, items, atomic):
    """Whether it is one of those that need no single function."""
    query = """
        WITH given AS MATERIALIZED (
            SELECT ARRAY(SELECT i FROM engine.batch_items(%s, %s) AS i ORDER BY i.item) AS items
        )
        SELECT engine.batch_at_once(
            g.items, engine.batch_lock(g.items, %s), engine.now()
        ) IS NOT NULL
        FROM given AS g
    """
    timed = any(one.get("timestamp") is not None for one in items)
    (answer,) = ledger.execute(query, [json.dumps(items), atomic, not timed]).fetchone()
    return answer


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(items=mixes(), atomic=st.integers(0, 9).map(lambda number: number == 0))
def test_a_batch_is_its_items_one_by_one(ledger, items, atomic):
    back(ledger)
    untouched = rows(ledger)
    dry = Names().plain(batch(ledger, items, atomic, dry_run=True))
    assert rows(ledger) == untouched

    names = Names()
    found = batch(ledger, items, atomic)
    assert dry == Names().plain(found)
    results = [names.plain(found), state(ledger, names)]
    repeats = [
        (single(ledger, made), result)
        for made, result in zip(items, found, strict=True)
        if made.get("idempotency_key") and result["status"] != "refused"
    ]
    for (receipt, replayed), result in repeats:
        assert replayed
        assert receipt["transaction_id"] == result["transaction_id"]
    back(ledger)

    for run in (one_by_one, singles):
        names = Names()
        expected = names.plain(run(ledger, items, atomic))
        assert results[0] == expected, run.__name__
        assert results[1] == state(ledger, names), run.__name__
        back(ledger)

    event("at once" if at_once(ledger, items, atomic) else "one by one")
