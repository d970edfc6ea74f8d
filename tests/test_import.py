"""flask import: all of a file, once, in order, whatever happens to the process."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from dev.installation import PROJECT
from dev.load import create_web_role, load
from dev.testbed import scratch_database
from tests import fuzz
from tests.http_helpers import T0
from tests.test_batches import as_lines, deposit, pay, transfer, withdraw

NAMES = [f"a{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def urls(server):
    with scratch_database(server) as url:
        load(url)
        yield url, create_web_role(url)


@pytest.fixture
def db(urls):
    """A ledger of forty accounts and nothing else, as administrator."""
    with psycopg.connect(urls[0], autocommit=True) as db:
        tables = db.execute("""
            SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class AS c
            WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
                AND c.relname NOT IN (
                    'currencies', 'cashback_policies', 'event_sequencer', 'settings'
                )
        """).fetchone()[0]
        with db.transaction():
            db.execute("SET LOCAL session_replication_role = replica")
            db.execute(f"TRUNCATE {tables}")
        for name in NAMES:
            db.execute("SELECT bank.create_account_at(%s, 'EUR', 0, %s)", [name, T0])
        yield db
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []


def command(urls, file, *options):
    return {
        "args": [sys.executable, "-m", "flask", "--app", "web.wsgi", "import", str(file), *options],
        "cwd": PROJECT,
        "env": {**os.environ, "DATABASE_URL": urls[1]},
    }


def run(urls, file, *options):
    """What the command printed, and its exit status."""
    done = subprocess.run(
        **command(urls, file, *options), capture_output=True, text=True, check=False
    )
    return done.stdout, done.returncode


def refused(file):
    path = file.with_name(f"{file.stem}.refused.ndjson")
    return [json.loads(line) for line in path.read_text().splitlines()]


def balances(db):
    return dict(db.execute("SELECT account_id::text, balance::bigint FROM ledger.accounts"))


def posted(db):
    return db.execute("""
        SELECT count(*) FROM ledger.ledger_transactions WHERE operation <> 'open'
    """).fetchone()[0]


def test_twenty_thousand_lines_killed_in_the_middle(urls, db, tmp_path):
    dice = fuzz.dice(__name__)
    file = tmp_path / "long.ndjson"
    items, expected = [], dict.fromkeys(NAMES, 0)
    for _ in range(20_000):
        name, amount = dice.choice(NAMES), dice.randint(1, 1000)
        items.append(deposit(name, amount))
        expected[name] += amount
    file.write_text(as_lines(items))

    options = ("--batch-size", "200", "--connections", "2")
    with subprocess.Popen(**command(urls, file, *options), stdout=subprocess.PIPE) as process:
        while posted(db) < 2000:
            assert process.poll() is None
        process.kill()
    already = posted(db)
    assert 2000 <= already < 20_000

    # The server may take a moment to learn of it; what it was at is posted or not.
    printed, status = run(urls, file, "--batch-size", "1500")
    assert status == 0, printed
    assert balances(db) == expected
    assert posted(db) == 20_000
    assert run(urls, file) == ("0 posted, 20000 posted before, 0 refused\n", 0)
    assert balances(db) == expected


@pytest.mark.parametrize("connections", [1, 4])
def test_the_outcome_is_that_of_one_line_after_the_other(urls, db, tmp_path, connections):
    """Money is passed on by whoever has just got it, so that any other order would be refused."""
    file = tmp_path / "relay.ndjson"
    items = []
    for start in range(0, 40, 10):
        ring = NAMES[start : start + 10]
        items += [deposit(ring[0], 100)]
        items += [
            transfer(ring[step % 10], ring[(step + 1) % 10], 100, metadata={"step": step})
            for step in range(150)
        ]
    # The rings' lines interleaved.
    quarter = len(items) // 4
    mixed = [items[part * quarter + place] for place in range(quarter) for part in range(4)]
    file.write_text(as_lines(mixed))
    options = ("--connections", str(connections), "--batch-size", "50")
    assert run(urls, file, *options) == (f"{len(mixed)} posted, 0 posted before, 0 refused\n", 0)
    assert sorted(balances(db).values()) == [0] * 36 + [100] * 4
    assert refused(file) == []


def test_lines_that_name_a_hold_keep_their_order_to_all_others(urls, db, tmp_path):
    items = []
    for name in NAMES:
        db.execute("SELECT bank.deposit(%s, 100)", [name])
        (hold_id,) = db.execute("SELECT hold_id FROM bank.hold(%s, 100)", [name]).fetchone()
        items.append({"operation": "release_hold", "hold_id": hold_id})
    items += [{"operation": "withdraw", "account_id": name, "amount": 100} for name in NAMES]
    file = tmp_path / "holds.ndjson"
    file.write_text(as_lines(items))
    options = ("--connections", "4", "--batch-size", "10")
    assert run(urls, file, *options) == ("80 posted, 0 posted before, 0 refused\n", 0)
    assert set(balances(db).values()) == {0}


def test_refused_lines(urls, db, tmp_path):
    file = tmp_path / "mixed.ndjson"
    lines = [
        json.dumps(deposit("a00", 100, idempotency_key="own")),
        json.dumps(withdraw("a00", 101)),
        "not json",
        '{"operation": "deposit", "account_id": "a00", "amount": "1"}',
        '{"operation": "deposit", "account_id": "a00", "amount": 1, "amount": 2}',
        '{"operation": "deposit", "account_id": "a\\u0000", "amount": 1}',
        '{"operation": "deposit", "account_id": "a00", "amount": 99999999999999999999}',
        "",
        json.dumps(withdraw("a00", 1, linked=True)),
        json.dumps(withdraw("a00", 1, linked=True)),
        json.dumps(withdraw("a00", 100)),
        json.dumps(withdraw("a00", 1, linked=True)),
        '{"operation": "steal"}',
        json.dumps(pay("a00", 60, idempotency_key=None)),
        json.dumps(withdraw("a00", 1, linked=True)),
    ]
    file.write_text("\n".join(lines))
    assert run(urls, file) == (
        f"2 posted, 0 posted before, 12 refused\n"
        f"Refused lines: {tmp_path / 'mixed.refused.ndjson'}\n",
        1,
    )
    assert [(one["line"], one["code"]) for one in refused(file)] == [
        (2, "insufficient_funds"),
        (3, "malformed_json"),
        (4, "invalid_request"),
        (5, "invalid_request"),
        (6, "invalid_request"),
        (7, "invalid_request"),
        (9, "linked_failed"),
        (10, "linked_failed"),
        (11, "insufficient_funds"),
        (12, "linked_failed"),
        (13, "invalid_request"),
        (15, "invalid_request"),
    ]
    first, second = refused(file)[:2]
    assert first["item"] == withdraw("a00", 101)
    assert first["detail"] == {"account_id": "a00", "available": 100, "required": 101}
    assert second["item"] == "not json"
    assert balances(db)["a00"] == 40
    # A line's own key is the one that it has by itself.
    query = "SELECT balance FROM bank.deposit('a00', 100, idempotency_key => 'own')"
    assert db.execute(query).fetchone() == (100,)

    # What was refused is tried again by a repeat, and nothing else is.
    db.execute("SELECT bank.deposit('a00', 1000)")
    printed, status = run(urls, file)
    assert (printed.splitlines()[0], status) == ("4 posted, 2 posted before, 8 refused", 1)
    assert balances(db)["a00"] == 1040 - 101 - 102


def test_names(urls, db, tmp_path):
    """The same content is the same import; a name makes another one of it, or keeps it the same."""
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    first.write_text(as_lines([deposit("a00", 1), deposit("a01", 1)]))
    second.write_text(as_lines([deposit("a00", 1), deposit("a01", 2), deposit("a02", 3)]))
    assert run(urls, first)[0].startswith("2 posted, 0 posted before")
    second_copy = tmp_path / "copy.ndjson"
    second_copy.write_text(first.read_text())
    assert run(urls, second_copy)[0].startswith("0 posted, 2 posted before")
    assert run(urls, first, "--name", "again")[0].startswith("2 posted, 0 posted before")
    printed, status = run(urls, second, "--name", "again")
    assert (printed.splitlines()[0], status) == ("1 posted, 1 posted before, 1 refused", 1)
    assert [one["code"] for one in refused(second)] == ["idempotency_key_reused"]
    assert [balances(db)[name] for name in NAMES[:3]] == [2, 2, 3]


def test_nothing_to_do(urls, db, tmp_path):
    file = tmp_path / "empty.ndjson"
    file.write_text("\n\n")
    assert run(urls, file) == ("0 posted, 0 posted before, 0 refused\n", 0)


def test_no_such_file(urls, tmp_path):
    assert run(urls, tmp_path / "none.ndjson")[1] == 2
