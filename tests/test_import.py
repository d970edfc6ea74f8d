"""flask import: all of a file, once, in order, whatever happens to the process or to the file."""

import json
import os
import subprocess
import sys
from collections import Counter

import psycopg
import pytest

from dev import PROJECT
from pgteller.embedded.database import create_web_role
from pgteller.imports import lines as import_lines
from pgteller.shell import parsing
from pgteller.shell.shapes import ITEM
from tests import fuzz
from tests.cli import pgteller
from tests.http_helpers import T0
from tests.test_batches import as_lines, deposit, pay, transfer, withdraw

NAMES = [f"a{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def urls(new_ledger):
    with new_ledger() as url:
        yield url, create_web_role(url)


@pytest.fixture
def db(urls):
    """A ledger of forty accounts and nothing else, as administrator."""
    with psycopg.connect(urls[0], autocommit=True) as db:
        # TRUNCATE would take a hundred new files.
        deletions = db.execute("""
            SELECT string_agg(format('DELETE FROM %s', c.oid::regclass), '; ') FROM pg_class AS c
            WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
                AND c.relname NOT IN (
                    'currencies', 'cashback_policies', 'event_sequencer', 'settings',
                    'migrations', 'turnover_mark'
                )
        """).fetchone()[0]
        with db.transaction():
            db.execute("SET LOCAL session_replication_role = replica")
            db.execute(deletions)
            db.execute("UPDATE ledger.event_sequencer SET mark = 0")
            db.execute("UPDATE ledger.turnover_mark SET event_id = 0, recorded_at = 0")
            db.execute("SELECT engine.open_ledger()")
        for name in NAMES:
            db.execute("SELECT bank.create_account_at(%s, 'EUR', 0, %s)", [name, T0])
        yield db
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []


def command(urls, file, *options):
    return {
        "args": [sys.executable, "-m", "pgteller", "import", str(file), *options],
        "cwd": PROJECT,
        "env": {**os.environ, "DATABASE_URL": urls[1]},
    }


def run(urls, file, *options):
    """What the command printed, and its exit status."""
    done = subprocess.run(
        **command(urls, file, *options), capture_output=True, text=True, check=False
    )
    return done.stdout, done.returncode


@pytest.fixture
def imported(urls):
    """The same within this process, which is quicker: posted, posted before, refused."""

    def imported(file, *options):
        done = pgteller("import", str(file), *options, url=urls[1])
        assert done.exit_code in (0, 1), (done.output, done.exception)
        words = done.stdout.splitlines()[0].split()
        counts = int(words[0]), int(words[2]), int(words[5])
        assert done.exit_code == (counts[2] > 0), done.output
        return counts

    return imported


def refusals_of(file):
    return file.with_name(f"{file.stem}.refused.ndjson")


def refused(file):
    return [json.loads(line) for line in refusals_of(file).read_text().split("\n") if line]


def correct(file, corrections):
    """Change items of the file of refusals, by the line that they have in the other file."""
    lines = refused(file)
    for line in lines:
        line["item"] = corrections.get(line["line"], line["item"])
    refusals_of(file).write_text(as_lines(lines))
    return refusals_of(file)


def balances(db):
    query = """
        SELECT account_id::text, balance::bigint FROM ledger.accounts
        WHERE account_id <> '@ledger'
    """
    return dict(db.execute(query))


def posted(db):
    return db.execute("""
        SELECT count(*) FROM ledger.ledger_transactions WHERE operation <> 'open'
    """).fetchone()[0]


@pytest.mark.first_server
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


def test_a_corrected_line_is_the_only_one_that_is_posted(urls, db, tmp_path):
    file = tmp_path / "may.ndjson"
    lines = [deposit("a00", 7), deposit("typo", 8)]
    file.write_text(as_lines(lines))
    assert run(urls, file)[0].startswith("1 posted, 0 posted before, 1 refused")
    lines[1] = deposit("a00", 8)
    file.write_text(as_lines(lines))
    assert run(urls, file) == ("1 posted, 1 posted before, 0 refused\n", 0)
    assert balances(db)["a00"] == 15


ONE = (
    '{"operation": "transfer", "source_account_id": "a00", "target_account_id": "a01", "amount": 5}'
)
TWO = '{"operation": "deposit", "account_id": "a00", "amount": 90, "metadata": {"é": [1.50, {}]}}'
REWRITTEN = {
    "CRLF": f"{TWO}\r\n{ONE}\r\n",
    "mark": f"\ufeff{TWO}\n{ONE}\n",
    "mark on an empty line": f"\ufeff\n{TWO}\n{ONE}\n",
    "no end": f"\n\n{TWO}\n  {ONE}\t",
    "whitespace": f"{TWO}\n{ONE.replace(' ', '')}\n".replace(": {", ":  { ").replace("[", "[ "),
    "order": f"{TWO}\n" + json.dumps(dict(reversed(json.loads(ONE).items()))),
    "escapes": f"{TWO}\n{ONE}".replace("é", "\\u00e9").replace("transfer", "tr\\u0061nsfer"),
    "NULL": f'{TWO}\n{ONE[:-1]}, "metadata": null, "value_at": null, "linked": false}}',
    "its key is NULL": f'{TWO}\n{ONE[:-1]}, "idempotency_key": null}}',
    "numbers": f"{TWO}\n{ONE}".replace("1.50", "15.0e-1"),
    "moved": f"{ONE}\n{TWO}\n",
    "less": f"{ONE}\n",
}


@pytest.mark.first_server
@pytest.mark.parametrize("how", REWRITTEN)
def test_a_file_written_in_another_way(imported, db, tmp_path, how):
    file = tmp_path / "may.ndjson"
    file.write_text(f"{TWO}\n{ONE}\n")
    assert imported(file) == (2, 0, 0)
    file.write_bytes(REWRITTEN[how].encode())
    assert imported(file) == (0, 1 if how == "less" else 2, 0)
    with file.open("a") as appended:
        appended.write("\n" + json.dumps(deposit("a01", 1)))
    assert imported(file) == (1, 1 if how == "less" else 2, 0)
    assert [balances(db)[name] for name in NAMES[:2]] == [85, 6]


@pytest.mark.first_server
def test_other_values_are_another_line(imported, db, tmp_path):
    """What PostgreSQL tells apart: otherwise a key would stand for two requests."""
    file = tmp_path / "may.ndjson"
    for value in ("1", "1.0", '"1"', "null", "[]", "{}", "[1]", "true"):
        file.write_text(TWO.replace("1.50", value))
        assert imported(file) == (1, 0, 0), value
    file.write_text(TWO[:-1] + ', "value_at": 1}')
    assert imported(file) == (1, 0, 0)


@pytest.mark.first_server
def test_equal_lines_are_so_many_operations(imported, db, tmp_path):
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([withdraw("a00", 5), deposit("a00", 5), withdraw("a00", 5)]))
    assert imported(file) == (2, 0, 1)
    assert imported(file) == (0, 2, 1)
    assert [(one["line"], one["code"]) for one in refused(file)] == [(1, "insufficient_funds")]
    file.write_text(as_lines([deposit("a00", 5), *[withdraw("a00", 5)] * 3, deposit("a00", 5)]))
    assert imported(file) == (1, 2, 2)
    db.execute("SELECT bank.deposit('a00', 100)")
    assert imported(file) == (2, 3, 0)
    assert imported(file) == (0, 5, 0)
    assert balances(db)["a00"] == 95


@pytest.mark.first_server
def test_lines_with_keys_of_their_own(imported, db, tmp_path):
    """They are what their keys are, and count for nobody else."""
    file = tmp_path / "may.ndjson"
    lines = [deposit("a00", 1, idempotency_key="k"), deposit("a00", 1), deposit("a00", 1)]
    file.write_text(as_lines(lines))
    assert imported(file) == (3, 0, 0)
    file.write_text(as_lines(lines[1:]))
    assert imported(file) == (0, 2, 0)
    file.write_text(as_lines([*lines, deposit("a00", 2, idempotency_key="k")]))
    assert imported(file) == (0, 3, 1)
    assert refused(file)[0]["code"] == "idempotency_key_reused"
    assert balances(db)["a00"] == 3


def chain(*items):
    return [{**item, "linked": True} for item in items[:-1]] + [items[-1]]


@pytest.mark.first_server
def test_a_chain_is_one_thing(imported, db, tmp_path):
    """A fee that two chains have is not posted for the one that is refused."""
    file = tmp_path / "may.ndjson"
    fee = withdraw("a00", 1)
    good, bad = chain(fee, withdraw("a00", 10)), chain(fee, withdraw("typo", 10))
    file.write_text(as_lines([deposit("a00", 100), fee, *good, *bad]))
    assert imported(file) == (4, 0, 2)
    for lines in ([*bad, *good, fee], [*bad, *good], [*good, *bad, fee], [*bad, fee, *good]):
        file.write_text(as_lines(lines))
        assert imported(file) == (0, len(lines) - 2, 2)
    assert balances(db)["a00"] == 88
    bad = chain(fee, withdraw("a00", 20))
    file.write_text(as_lines([*bad, *good, fee]))
    assert imported(file) == (2, 3, 0)
    assert balances(db)["a00"] == 67


@pytest.mark.first_server
@pytest.mark.parametrize(
    "broken",
    [
        '{"operation": "steal", "linked": true}',
        '{"operation": "withdraw", "account_id": "a00", "amount": 1 "linked" :true}',
    ],
)
def test_a_line_that_cannot_be_read_does_not_break_its_chain(imported, db, tmp_path, broken):
    """Otherwise its end would be posted without the rest, and again with it once corrected."""
    file = tmp_path / "may.ndjson"
    first, last = withdraw("a00", 10, linked=True), withdraw("a00", 20)
    file.write_text(f"{as_lines([deposit('a00', 100), first])}\n{broken}\n{json.dumps(last)}")
    assert imported(file) == (1, 0, 3)
    assert [one["code"] for one in refused(file)][::2] == ["linked_failed"] * 2
    file.write_text(as_lines([deposit("a00", 100), first, withdraw("a00", 30, linked=True), last]))
    assert imported(file) == (3, 1, 0)
    assert balances(db)["a00"] == 40


@pytest.mark.first_server
def test_corrected_refusals(imported, db, tmp_path):
    """As if they were corrected in the file; and whichever comes first, the other adds nothing."""
    file = tmp_path / "May.2026.ndjson"
    fare = withdraw("a00", 3)
    lines = [
        json.dumps(deposit("a00", 100)),
        json.dumps(fare),
        json.dumps(fare),
        json.dumps(withdraw("a0", 3)),  # becomes the third of its like
        json.dumps(withdraw("a00", 100)),  # stays as it is, until there are funds
        "no JSON",  # becomes the fourth
        json.dumps(withdraw("a00", 100)),  # equal to the fifth, and becomes something new
        '{"operation": "withdraw", "account_id": "a00", "amount": 3,}',  # corrected as text
        *map(json.dumps, chain(withdraw("a00", 7), withdraw("a00", 7), withdraw("a1", 7))),
    ]
    file.write_text("\n".join(lines))
    assert imported(file) == (3, 0, 8)
    corrections = {4: fare, 6: fare, 7: withdraw("a00", 9), 8: fare, 11: withdraw("a00", 8)}
    refusals = correct(file, corrections | {8: json.dumps(fare)})
    assert imported(refusals) == (7, 0, 1)
    assert balances(db)["a00"] == 100 - 2 * 3 - 3 * 3 - 9 - 22
    assert imported(refusals) == (0, 7, 1)

    for number, item in corrections.items():
        lines[number - 1] = json.dumps(item)
    file.write_text("\n".join(lines))
    assert imported(file) == (0, 10, 1)
    db.execute("SELECT bank.deposit('a00', 100)")
    assert imported(refusals_of(file)) == (1, 0, 0)
    assert imported(refusals_of(file)) == (0, 1, 0)
    assert imported(file) == (0, 11, 0)
    assert balances(db)["a00"] == 54

    # In the other order there is nothing left to do either.
    file.write_text("\n".join([*lines[:3], json.dumps(withdraw("a0", 3))]))
    assert imported(file) == (0, 3, 1)
    refusals = correct(file, {4: fare})
    file.write_text("\n".join([*lines[:3], json.dumps(fare)]))
    assert imported(refusals) == (0, 0, 1)
    (line,) = refused(refusals)
    assert line["detail"]["detail"].startswith("Line 4 of May.2026.ndjson is not what was refused.")
    assert balances(db)["a00"] == 54


@pytest.mark.first_server
def test_refusals_as_they_are(imported, db, tmp_path):
    """Which of its like was refused is in the file: it is not the first one."""
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a00", 5), withdraw("a00", 5), withdraw("a00", 5)]))
    assert imported(file) == (2, 0, 1)
    refusals = refusals_of(file)
    file.rename(tmp_path / "june.ndjson")  # what is as it was needs no other file
    assert imported(refusals) == (0, 0, 1)
    db.execute("SELECT bank.deposit('a00', 100)")
    assert imported(refusals) == (1, 0, 0)
    assert imported(refusals) == (0, 1, 0)
    (tmp_path / "june.ndjson").rename(file)
    assert imported(file) == (0, 3, 0)
    assert balances(db)["a00"] == 95


@pytest.mark.first_server
def test_refusals_of_refusals(imported, db, tmp_path):
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a00", 3), deposit("a0", 3), deposit("a1", 3)]))
    assert imported(file) == (1, 0, 2)
    first = correct(file, {2: deposit("a", 4)})
    assert imported(first) == (0, 0, 2)
    assert [one["file"] for one in refused(first)] == ["may.refused.ndjson"] * 2
    second = correct(first, {1: deposit("a00", 3), 2: deposit("a00", 3)})
    assert imported(second) == (2, 0, 0)
    assert imported(second) == (0, 2, 0)
    file.write_text(as_lines([deposit("a00", 3)] * 3))
    assert imported(file) == (0, 3, 0)
    assert balances(db)["a00"] == 9


@pytest.mark.first_server
def test_refusals_that_cannot_be_written(urls, tmp_path):
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a0", 1)]))
    refusals = tmp_path / "may.refused.ndjson"
    refusals.mkdir()
    done = subprocess.run(**command(urls, file), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith(f"{refusals}: Is a directory.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.first_server
def test_corrections_that_cannot_be_counted(urls, imported, db, tmp_path):
    """Each would be posted once more when the file itself is corrected."""
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a0", 1), deposit("a0", 2), deposit("a0", 4)]))
    assert imported(file) == (0, 0, 3)
    shifted = correct(file, {1: deposit("a0", 2), 2: deposit("a00", 3)})
    assert imported(shifted) == (1, 0, 2)
    reasons = [one["detail"].get("detail", "") for one in refused(shifted)]
    assert reasons[0].startswith("This is what another line said that is corrected here too.")

    file.write_text(as_lines([deposit("a1", 1), deposit("a0", 1)]))
    assert imported(shifted) == (0, 0, 3)
    file.unlink()
    options = command(urls, shifted)
    done = subprocess.run(**options, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Put may.ndjson, which they were refused from, beside it" in done.stderr
    shifted.rename(file)  # which is then what it was refused from
    done = subprocess.run(**command(urls, file), capture_output=True, text=True, check=False)
    assert "Put may.ndjson, which they were refused from, beside it" in done.stderr
    assert balances(db)["a00"] == 3


@pytest.mark.first_server
def test_broken_refusals(imported, db, tmp_path):
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a0", 1), deposit("a0", 2), deposit("a0", 3)]))
    assert imported(file) == (0, 0, 3)
    lines = refusals_of(file).read_text().splitlines()
    lines[1] = json.dumps(deposit("a00", 2))
    lines[2] = lines[2].replace(f'"key": "{refused(file)[2]["key"]}"', '"key": "may"')
    refusals_of(file).write_text("\n".join(lines))
    assert imported(refusals_of(file)) == (0, 0, 3)
    codes = [one["code"] for one in refused(refusals_of(file))]
    assert codes == ["account_not_found", "invalid_request", "invalid_request"]


@pytest.mark.first_server
def test_refused_items_stand_as_they_were_written(imported, db, tmp_path):
    file = tmp_path / "may.ndjson"
    lines = [
        '{"operation":"deposit","account_id":"a0","amount":1,"metadata":{"n":[1.50,1e40,-0.0]}}',
        f'{{"operation": "deposit", "account_id": "a00", "amount": 1{"0" * 5000}}}',
        '"a string"',
        "[1.50",
    ]
    file.write_text("\n".join(lines))
    assert imported(file) == (0, 0, 4)
    told = refusals_of(file).read_text().splitlines()
    for line, item in zip(told, [*lines[:2], *map(json.dumps, lines[2:])], strict=True):
        assert line.endswith(f', "item": {item}}}')
    file.rename(tmp_path / "june.ndjson")  # so that nothing counts as corrected
    assert imported(refusals_of(file)) == (0, 0, 4)
    file.write_text(lines[0].replace('"a0"', '"a00"'))
    assert imported(file) == (1, 0, 0)


@pytest.mark.first_server
def test_names(imported, db, tmp_path):
    """A file keeps its name when it is corrected; another file has another one, or is given one."""
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    first.write_text(as_lines([deposit("a00", 1), deposit("a01", 1)]))
    second.write_text(as_lines([deposit("a00", 1), deposit("a01", 2), deposit("a02", 3)]))
    assert imported(first) == (2, 0, 0)
    assert imported(second) == (3, 0, 0)
    given = ("--name", "ä b:" * 15)
    assert imported(first, *given) == (2, 0, 0)
    assert imported(second, *given) == (2, 1, 0)
    keys = db.execute("SELECT idempotency_key FROM ledger.idempotency_keys").fetchall()
    assert len(keys) == 9
    assert all(key.isascii() and key.isprintable() and " " not in key for (key,) in keys)
    as_in_keys = next(key for (key,) in keys if "%" in key).split(":")[0]
    assert imported(first, "--name", as_in_keys) == (0, 2, 0)
    assert [balances(db)[name] for name in NAMES[:3]] == [3, 6, 6]

    first.write_text(as_lines([deposit("typo", 1)]))
    assert imported(first, "--name", "other") == (0, 0, 1)
    assert imported(refusals_of(first), "--name", "other") == (0, 0, 1)
    assert imported(refusals_of(first)) == (0, 0, 1)
    assert [one["key"].split(":")[0] for one in refused(refusals_of(first))] == ["other"]


@pytest.mark.first_server
def test_what_is_said_of_names(urls, db, tmp_path):
    file = tmp_path / "may.ndjson"
    file.write_text(as_lines([deposit("a00", 1), deposit("typo", 1)]))
    assert run(urls, file)[1] == 1
    done = subprocess.run(**command(urls, file), capture_output=True, text=True, check=False)
    assert done.stdout.startswith("0 posted, 1 posted before, 1 refused\n")
    assert "by an import named may. If this is another file" in done.stderr
    assert run(urls, file, "--name", "ä" * 34) == ("", 2)
    assert run(urls, refusals_of(file), "--name", "june") == ("", 2)
    assert balances(db)["a00"] == 1


NUMBERS = ["0", "-0", "-0.0", "0e5", "0e-5", "1", "1.0", "1.00", "10e-1", "1e0", "100", "1e2"]
NUMBERS += ["1E+2", "1.0e2", "1.50e1", "15.0", "15", "12345678901234567890123456789012345.670"]
NUMBERS += ["1e-20", "0.00000000000000000001", "9" * 5000, "1e900", "0e999"]


def test_lines_say_the_same_where_postgresql_sees_equal_values(db):
    texts = [*NUMBERS, *(f'"{number}"' for number in NUMBERS[:8]), "null", "[null]", '{"a": null}']
    texts += ['{"b": 1.0, "a": "\\u00e4\\/"}', '{"a": "ä/", "b": 1.0}', '{"": "1"}', '{"a": 1}']
    read = []
    for text in texts:
        item = {"operation": "deposit", "account_id": "a00", "amount": 1, "metadata": {"m": "?"}}
        line = json.dumps(item).replace('"?"', text).encode()
        said = import_lines.said_by(parsing.item(line, ITEM))
        read.append((text, said, *db.execute("SELECT %s::jsonb::text", [text]).fetchone()))
    for text, said, seen in read:
        for other, other_said, other_seen in read:
            assert (said == other_said) == (seen == other_seen), (text, other)


def unit(dice):
    """What a file is made of: a line, or a chain of them; some equal, some refused."""
    name = dice.choice([*NAMES[:3], *NAMES[:3], "typo"])
    items = [deposit(name, dice.randint(1, 3))]
    while dice.random() < 0.3:
        items.insert(0, deposit(dice.choice(NAMES[:3]), dice.randint(1, 2), linked=True))
    if name == "typo" and len(items) == 1 and dice.random() < 0.5:
        return (f"no JSON {dice.randint(1, 2)}",)
    return tuple(json.dumps(item) for item in items)


def is_refused(lines):
    return any("typo" in line or "no JSON" in line for line in lines)


def corrected(dice, lines):
    return tuple(
        json.dumps(deposit(dice.choice(NAMES[:3]), dice.randint(1, 3)))
        if is_refused([line])
        else line
        for line in lines
    )


def edited(dice, units):
    """The units with something changed that people and programs change."""
    units = list(units)
    place = dice.randrange(len(units)) if units else 0
    match dice.choice(["insert", "delete", "move", "repeat", "correct", "correct"]):
        case "insert":
            units.insert(place, unit(dice))
        case "repeat" if units:
            units.append(units[place])
        case "delete" if units:
            units.pop(place)
        case "move" if units:
            units.insert(dice.randint(0, len(units) - 1), units.pop(place))
        case "correct":
            wrong = [place for place, lines in enumerate(units) if is_refused(lines)]
            if wrong:
                place = dice.choice(wrong)
                units[place] = corrected(dice, units[place])
    return units


def rewritten(dice, line):
    members = [*json.loads(line).items(), *[("metadata", None)] * dice.randint(0, 1)]
    dice.shuffle(members)
    text = json.dumps(dict(members), indent=dice.choice([None, 1])).replace("\n", " ")
    return text.replace("deposit", dice.choice(["deposit", "d\\u0065posit"]))


def written(dice, units):
    """The same as bytes, in any way that says the same."""
    lines = []
    for line in (line for lines in units for line in lines):
        lines += [rewritten(dice, line) if line.startswith("{") else line]
        lines += [""] * dice.randint(0, 1)
    text = dice.choice(["", "\ufeff"]) + dice.choice(["\n", "\r\n"]).join(lines)
    return text.encode()


def correct_refusals(dice, refusals, units):
    """Correct some of the refusals of these units; what they would be with the corrections."""
    units, records = list(units), list(refusals)
    for place, lines in enumerate(units):
        if is_refused(lines) and dice.random() < 0.7:
            units[place] = corrected(dice, lines)
        if is_refused(lines):
            for line, record in zip(units[place], records[: len(lines)], strict=True):
                record["item"] = json.loads(line) if line.startswith("{") else line
            del records[: len(lines)]
    assert records == []
    return units


@pytest.mark.first_server
@pytest.mark.parametrize("example", range(fuzz.EXAMPLES))
def test_however_a_file_is_edited(imported, db, tmp_path, example):
    """Of each line as many are posted as the version has that has most of them."""
    dice = fuzz.dice(__name__, example)
    file = tmp_path / "may.ndjson"
    units = [unit(dice) for _ in range(dice.randint(1, 8))]
    most = Counter()
    for _ in range(6):
        file.write_bytes(written(dice, units))
        imported(file, "--batch-size", str(dice.randint(1, 5)))
        most |= Counter(lines for lines in units if not is_refused(lines))
        if dice.random() < 0.5:
            lines = refused(file)
            units_there = correct_refusals(dice, lines, units)
            most |= Counter(lines for lines in units_there if not is_refused(lines))
            refusals_of(file).write_text(as_lines(lines))
            imported(refusals_of(file))
            imported(refusals_of(file))
            units = dice.choice([units, units_there])
        for _ in range(dice.randint(0, 3)):
            units = edited(dice, units)
        expected = Counter(dict.fromkeys(NAMES, 0))
        for lines, count in most.items():
            for item in map(json.loads, lines):
                expected[item["account_id"]] += item["amount"] * count
        assert balances(db) == dict(expected)


def test_nothing_to_do(urls, db, tmp_path):
    file = tmp_path / "empty.ndjson"
    file.write_text("\n\n")
    assert run(urls, file) == ("0 posted, 0 posted before, 0 refused\n", 0)


def test_no_such_file(urls, tmp_path):
    assert run(urls, tmp_path / "none.ndjson")[1] == 2
