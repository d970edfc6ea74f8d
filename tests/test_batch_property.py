"""A batch means what its items mean one by one: held against them on random mixes.

Each mix runs three times on the same ledger, every time undone by a savepoint: as a dry run,
through bank.batch, and through the single functions, called from here. BATCH_EXAMPLES=3000 looks
longer, FUZZ_SEED=7 elsewhere. A failure prints the mix that it came down to.
"""

import copy
import json
import re
import time

import psycopg
import pytest
from hypothesis import HealthCheck, event, given, seed, settings
from hypothesis import strategies as st

from dev.variables import whole
from pgteller.contract import FUNCTIONS
from tests.fuzz import SEED
from tests.http_helpers import DAY, MAX, T0

EXAMPLES = whole("BATCH_EXAMPLES")
AHEAD = 4_000_000_000_000  # a time to come

LEDGER = """
DO $given$
BEGIN
    PERFORM bank.create_currency('POINTS', 0);
    PERFORM bank.set_cashback_policy('POINTS', 5000, 0);
    PERFORM bank.set_cashback_policy('USD', 200, 5000);
    UPDATE ledger.settings SET max_ahead_ms = {max} - 10;
    PERFORM setval('ledger.payment_seq', 1000), setval('ledger.hold_seq', 1000),
        setval('ledger.transaction_seq', 1000);
    PERFORM bank.create_account_at(a.id, a.currency, a.overdraft, "timestamp" => {t0})
    FROM (VALUES
        ('alice', 'EUR', 0), ('bob', 'EUR', 50), ('Zoe', 'EUR', 0), ('frozen', 'EUR', 0),
        ('blocked', 'EUR', 0), ('closed', 'EUR', 0), ('full', 'EUR', 0), ('ahead', 'EUR', 0),
        ('held', 'EUR', 0), ('watched', 'EUR', 0), ('shop', 'EUR', 0), ('till', 'EUR', 0),
        ('stall', 'EUR', 0), ('due', 'USD', 0), ('usd', 'USD', 0), ('usd-shop', 'USD', 0),
        ('p1', 'POINTS', 0), ('p2', 'POINTS', 0)
    ) AS a (id, currency, overdraft);
    PERFORM bank.deposit_at(a.id, 1000, "timestamp" => {t0})
    FROM unnest(ARRAY['alice', 'Zoe', 'frozen', 'blocked', 'ahead', 'held', 'due', 'usd', 'p1',
        'usd-shop', 'watched', 'stall']) AS a (id);
    PERFORM bank.deposit_at('full', {max} - 10, "timestamp" => {t0});
    PERFORM bank.deposit_at('ahead', 1, "timestamp" => {ahead});
    PERFORM bank.pay_at(a.id, 500, "timestamp" => {t0})
    FROM unnest(ARRAY['due', 'usd-shop']) AS a (id);
    PERFORM bank.hold_at('held', 900, {t0} + 5000, "timestamp" => {t0});
    PERFORM bank.hold_at('Zoe', 100, "timestamp" => {t0});
    PERFORM bank.hold_at('alice', 30, NULL, 'bob', "timestamp" => {t0});
    PERFORM bank.create_monitor_at('watched', 'balance', 'lt', 950, "timestamp" => {t0});
    PERFORM bank.freeze_account('frozen', 'a test', {t0});
    PERFORM bank.block_account('blocked', 'a test', {t0});
    PERFORM bank.close_account('closed', 'a test', {t0});
    PERFORM bank.set_collecting(a.id, true, {t0})
    FROM unnest(ARRAY['shop', 'till', 'stall', 'usd-shop']) AS a (id);
    PERFORM bank.transfer_at('Zoe', 'shop', 20, "timestamp" => {t0} + 100);
    PERFORM bank.transfer_at('Zoe', 'shop', 10, "timestamp" => {t0} + 200);
    PERFORM bank.transfer_at('ahead', 'till', 30, "timestamp" => {ahead});
    PERFORM bank.deposit_at('alice', 5, "timestamp" => {t0}, idempotency_key => 'k1');
    PERFORM bank.pay('alice', 50, 'shop', 1, idempotency_key => 'k2');
    PERFORM bank.transfer('alice', 'bob', 7, idempotency_key => 'k3');
    PERFORM bank.hold('alice', 9, {max}, 'shop', idempotency_key => 'k4');
    PERFORM bank.capture_hold('hold1003', 3, final => false, idempotency_key => 'k5');
    PERFORM bank.refund_payment('payment1003', 5, idempotency_key => 'k6');
    PERFORM bank.post(
        '[{{"source_account_id": "@fees", "target_account_id": "bob", "amount": 2}}]',
        metadata => '{{"m": 1}}', idempotency_key => 'k7'
    );
    PERFORM bank.exchange('alice', 'usd', 3, 4, idempotency_key => 'k8');
    UPDATE ledger.settings SET max_ahead_ms = 60000;
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
keys = st.sampled_from(["k1", "k2", "k3", "k5", "n1", "n2", ""])
fees = st.sampled_from([0, 1, 10, -1, MAX, None])
ends = st.sampled_from([T0, MAX, AHEAD + DAY, None])
# What LEDGER makes, and what it does not.
holds = st.sampled_from(["hold1001", "hold1002", "hold1003", "hold1004", "hold1", "hold0", None])
payments = st.sampled_from(["payment1001", "payment1002", "payment1003", "payment1", "x", None])
transactions = st.integers(1019, 1050)
reasons = st.sampled_from(["why", "why", ""])
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
    {
        "operation": "hold",
        "account_id": "alice",
        "amount": 9,
        "expires_at": MAX,
        "target_account_id": "shop",
    },
    {"operation": "capture_hold", "hold_id": "hold1003", "amount": 3, "final": False},
    {"operation": "refund_payment", "payment_id": "payment1003", "amount": 5},
    {
        "operation": "post",
        "postings": [{"source_account_id": "@fees", "target_account_id": "bob", "amount": 2}],
        "metadata": {"m": 1},
    },
    {
        "operation": "exchange",
        "source_account_id": "alice",
        "target_account_id": "usd",
        "amount": 3,
        "target_amount": 4,
    },
]

PLAIN = ["deposit", "withdraw", "transfer", "pay"]
OTHERS = ["hold", "capture_hold", "release_hold", "refund_payment", "exchange", "post"]
OTHERS += ["reverse_transaction", "raise_hold", "refund_hold"]
FOR_OPERATORS = ["exchange", "reverse_transaction"]


def fields(operation, who):
    """The fields of an operation, but for those that all have."""
    money = {"amount": amounts}
    sides = {"source_account_id": who, "target_account_id": who}
    mine = {"account_id": who, **money}
    anyone = st.one_of(who, who, st.sampled_from(["@fees", "@external", "@cashback"]))
    postings = st.fixed_dictionaries(
        {"source_account_id": anyone, "target_account_id": anyone, **money}
    )
    required, optional = {
        "deposit": (mine, {}),
        "withdraw": (mine, {}),
        "transfer": (sides | money, {}),
        "pay": (mine, {"merchant_account_id": who, "fee": fees}),
        "post": ({"postings": st.lists(postings, min_size=1, max_size=3)}, {}),
        "hold": (mine, {"expires_at": ends, "target_account_id": who}),
        "capture_hold": ({"hold_id": holds}, {**money, "final": st.booleans()}),
        "release_hold": ({"hold_id": holds}, {}),
        "raise_hold": ({"hold_id": holds, **money}, {"expires_at": ends}),
        "refund_hold": ({"hold_id": holds}, money),
        "refund_payment": ({"payment_id": payments}, money),
        "reverse_transaction": (
            {"transaction_id": transactions, "reason": reasons},
            {"force": st.booleans()},
        ),
        "exchange": (sides | money | {"target_amount": amounts}, {}),
    }[operation]
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def item(draw, timed, keyed, names, operations):
    # Few accounts in a mix, so that they meet.
    who = st.one_of(*[st.sampled_from(names)] * 4, account_ids)
    operation = draw(st.sampled_from(operations))
    made = {"operation": operation} | draw(fields(operation, who))
    if timed and draw(st.booleans()):
        made["timestamp"] = draw(st.sampled_from(TIMES))
    if operation not in ("hold", "raise_hold", "release_hold") and draw(st.integers(0, 9)) == 0:
        made["value_at"] = draw(st.sampled_from(TIMES))
    if draw(st.integers(0, 9)) == 0:
        made["metadata"] = draw(metadata)
    if keyed and draw(st.booleans()):
        if draw(st.booleans()):
            number = draw(st.integers(0, len(REPEATS) - 1))
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
    options["operations"] = draw(st.sampled_from([PLAIN, PLAIN, [*PLAIN, *PLAIN, *OTHERS], OTHERS]))
    items = draw(st.lists(item(**options), min_size=1, max_size=12))
    for place in draw(st.lists(st.integers(0, len(items) - 1), max_size=2)):
        items.append(copy.deepcopy(items[place]))
    items[-1].pop("linked", None)
    return items


@pytest.fixture(scope="module")
def ledger(own_url):
    """A connection within a transaction that has made the accounts."""
    with psycopg.connect(own_url) as connection:
        connection.execute(LEDGER.format(t0=T0, max=MAX, ahead=AHEAD))
        connection.execute("SAVEPOINT given")
        yield connection
        connection.rollback()


def back(ledger):
    ledger.execute("ROLLBACK TO given")


def batch(ledger, items, atomic, dry_run=False):
    theirs = any("timestamp" in made or made["operation"] in FOR_OPERATORS for made in items)
    function = "batch_at" if theirs else "batch"
    query = f"SELECT to_jsonb(r) FROM bank.{function}(%s, %s, %s) AS r"
    return [row[0] for row in ledger.execute(query, [json.dumps(items), atomic, dry_run])]


REQUIRED = {
    "transfer": ["source_account_id", "target_account_id", "amount"],
    "exchange": ["source_account_id", "target_account_id", "amount", "target_amount"],
    "post": ["postings"],
    "capture_hold": ["hold_id"],
    "release_hold": ["hold_id"],
    "raise_hold": ["hold_id", "amount"],
    "refund_hold": ["hold_id"],
    "refund_payment": ["payment_id"],
    "reverse_transaction": ["transaction_id", "reason"],
}


def single(ledger, made):
    """The receipt of the function of an item, and whether it replays."""
    arguments = {name: value for name, value in made.items() if value is not None}
    operation = arguments.pop("operation")
    arguments.pop("linked", None)
    for name in REQUIRED.get(operation, ["account_id", "amount"]):
        arguments.setdefault(name, None)
    if "postings" in arguments:
        arguments["postings"] = json.dumps(arguments["postings"])
    if "metadata" in arguments:
        arguments["metadata"] = json.dumps(arguments["metadata"])
    given = ", ".join(f'"{name}" => %({name})s' for name in arguments)
    notices = []
    ledger.add_notice_handler(notices.append)
    called = FUNCTIONS[operation].called_with(arguments)
    query = f"SELECT to_jsonb(r) FROM bank.{called}({given}) AS r"
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


NOTHING = dict.fromkeys(["transaction_id", "payment_id", "account_id", "balance", "available"])
NOTHING |= dict.fromkeys(["timestamp", "cashback", "receipt"])


def posted(made, receipt, replayed):
    result = NOTHING | {name: receipt[name] for name in NOTHING if name in receipt}
    result["account_id"] = result["account_id"] or made.get("source_account_id")
    if made["operation"] in OTHERS:
        result["receipt"] = receipt
    return result | {"status": "replayed" if replayed else "posted", "code": None, "detail": None}


def refused(code, detail):
    return NOTHING | {"status": "refused", "code": code, "detail": detail}


IDS = dict.fromkeys(
    ["transaction_id", "refers_to", "reverses", "reversed_by", "reversed_transaction_id"],
    "transaction",
)
IDS |= dict.fromkeys(["cashback_transaction_id", "captures"], "transaction")
IDS |= dict.fromkeys(["payment_id", "payment_ref", "payment_number"], "payment")
IDS |= dict.fromkeys(["hold_id", "hold_number"], "hold")


class Names:
    """What differs from run to run under names that do not: ids, and times told by the clock."""

    def __init__(self):
        self.names = {}
        self.now = time.time() * 1000

    def plain(self, value, name=""):
        if isinstance(value, dict):
            return {key: self.plain(value[key], key) for key in sorted(value) if key != "folded_in"}
        if isinstance(value, list):
            return [self.plain(one, name) for one in value]
        if value and name in IDS:
            kind, number = IDS[name], re.sub("[^0-9]", "", str(value))
            known = self.names.setdefault(kind, {})
            return known.setdefault(number, f"{kind} {len(known)}")
        days = round((value - self.now) / DAY) if isinstance(value, int) else None
        return {0: "now", 1: "tomorrow"}.get(days, value)


STATE = {
    "accounts": ("account_id", ["head"]),
    "ledger_transactions": ("account_id, version", ["recorded_at", "hash", "key_hash"]),
    "payments": ("payment_number", []),
    "holds": ("hold_number", []),
    "monitors": ("monitor_number", []),
    "collected_credits": ("transaction_id, leg", []),
    "idempotency_keys": ("owner, idempotency_key", []),
    "reversals": ("transaction_id", []),
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
    ledger.execute("SELECT bank.fold_collected(100000)")
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


# The functions are the same on every server, and are tested there one by one.
@pytest.mark.first_server
@seed(SEED)
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

    names = Names()
    expected = names.plain(singles(ledger, items, atomic))
    assert results[0] == expected
    assert results[1] == state(ledger, names)
    back(ledger)

    others = any(made["operation"] in OTHERS for made in items)
    event("with others" if others else "plain")
