"""The program `pgteller` on a terminal and in a pipe: what is shown, refused, and how it ends."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from click.testing import CliRunner

from pgteller.cli import bank, program
from pgteller.contract import FUNCTIONS
from pgteller.shell.routes import ROUTES
from tests.cli import pgteller
from tests.http_helpers import T0, fresh, wait_for_locks

pytestmark = pytest.mark.first_server


@pytest.fixture
def run(login_url):
    """Run a command; how it ends."""

    def run(*arguments, status=0, **options):
        own = {"DATABASE_URL": login_url, "PGTELLER_SCHEMA": "", "TZ": "UTC"}
        done = CliRunner(env=own).invoke(program, [str(one) for one in arguments], **options)
        assert done.exit_code == status, done.output
        return done

    return run


@pytest.fixture
def account(run):
    """Opens accounts, with some money."""

    def account(balance=0):
        name = fresh("cli")
        run("account", "open", name)
        if balance:
            run("deposit", name, balance)
        return name

    return account


def test_every_function_of_a_route_has_a_command():
    assert sorted(bank.COMMANDS.values()) == sorted(route.name for route in ROUTES)
    assert {words.partition(" ")[0] for words in bank.COMMANDS if " " in words} == {*bank.GROUPS}


@pytest.mark.parametrize("words", bank.COMMANDS)
def test_every_command_has_its_help(words):
    done = CliRunner().invoke(program, [*words.split(), "--help"])
    assert done.exit_code == 0
    function = FUNCTIONS[bank.COMMANDS[words]]
    assert function.summary.split()[0] in done.output
    for name, argument in function.arguments.items():
        flag = f"--{name.replace('_', '-')}"
        choices = "|".join(argument.schema.get("enum", ())) if argument.required else ""
        assert any(one in done.output for one in (flag, name.upper(), choices or flag))


def test_what_was_posted_is_shown(run, account):
    alice, bob = account(10000), account()
    lines = run("transfer", alice, bob, 2500).stdout.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines)
    assert (told["source_account_id"], told["amount"], told["balance"]) == (alice, "2500", "7500")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+00:00", told["timestamp"])
    answer = json.loads(run("transfer", alice, bob, 5, "--json").stdout)
    assert (answer["amount"], answer["balance"]) == (5, 7495)


def test_rows_are_a_table(run, account):
    alice = account(100)
    head, line, *rows = run("history", alice).stdout.splitlines()
    assert head.split()[:5] == [
        "transaction_id", "timestamp", "operation", "amount", "balance_after",
    ]  # fmt: skip
    assert set(line) == {"─"}
    assert [row.split()[3] for row in rows] == ["open", "deposit"]
    assert "value_at" not in head  # which says the same as timestamp
    assert "payment_ref" not in head  # of which there is none
    listed = json.loads(run("history", alice, "--json").stdout)
    assert [one["operation"] for one in listed["transactions"]] == ["open", "deposit"]


def test_what_is_sought_is_listed(run, account):
    name = account(77)
    found = json.loads(run("account", "list", "--search", name.upper(), "--json").stdout)
    assert [one["account_id"] for one in found["accounts"]] == [name]
    listed = run("currency", "list", "--after", "EUQ", "--limit", "1").stdout
    assert listed.split()[-2:] == ["EUR", "2"]


def test_there_is_more(run, account):
    alice = account(100)
    page = run("history", alice, "--limit", 1)
    assert page.stderr == "There is more: --after 1\n"
    assert "deposit" in run("history", alice, "--limit", 1, "--after", 1).stdout
    assert "deposit" in run("history", alice, "--limit", 1, "--order", "desc").stdout


def test_a_refusal_in_words_and_in_json(run, account):
    alice, bob = account(10), account()
    refused = run("transfer", alice, bob, 11, status=1)
    assert (refused.stdout, refused.stderr) == (
        "",
        "Refused, insufficient_funds: Only 10 is available, 11 was asked for.\n",
    )
    problem = json.loads(run("transfer", alice, bob, 11, "--json", status=1).stdout)
    assert (problem["code"], problem["available"], problem["required"]) == (
        "insufficient_funds", 10, 11,
    )  # fmt: skip


def test_a_key_posts_once(run, account):
    alice = account()
    for _ in range(2):
        run("deposit", alice, 5, "--idempotency-key", "once")
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 5


def test_a_worker_is_listed_by_its_number(run, db):
    """Which is a moment, but not to be read as one."""
    begun = "SELECT worker_number FROM bank.begin_worker(%s, '1')"
    (number,) = db.execute(begun, [name := fresh("host")]).fetchone()
    try:
        listed = run("workers", "--limit", 1, "--after", number - 1).stdout
    finally:
        db.execute("SELECT bank.end_worker(%s)", [number])
    assert listed.splitlines()[2].split()[:2] == [str(number), name]


def test_times_are_milliseconds_or_iso(run, account):
    alice = account()
    at = "2000-01-02T03:04:05.678+01:00"
    for moment in at, "946778645678":
        run("deposit", alice, 5, "--value-at", moment)
    listed = json.loads(run("history", alice, "--json").stdout)["transactions"]
    assert [one["value_at"] for one in listed[1:]] == [946778645678] * 2
    for none in "2000-01-02T03:04:05", "yesterday", "":
        assert "is no time" in run("deposit", alice, 5, "--value-at", none, status=2).stderr


def test_what_only_operators_give(run):
    name = fresh("cli")
    run("account", "open", name, "--overdraft-limit", 50, "--timestamp", T0)
    assert json.loads(run("account", "show", name, "--json").stdout)["overdraft_limit"] == 50


def test_json_as_it_stands_from_a_file_and_from_a_pipe(run, account, tmp_path):
    alice, bob = account(100), account()
    postings = json.dumps([{"source_account_id": alice, "target_account_id": bob, "amount": 3}])
    file = tmp_path / "postings.json"
    file.write_text(postings)
    run("post", postings)
    run("post", f"@{file}")
    run("post", "-", input=postings)
    assert json.loads(run("balance", bob, "--json").stdout)["balance"] == 9
    assert "cannot be read" in run("post", "@/nowhere", status=2).stderr
    assert "invalid_postings" in run("post", "[]", status=1).stderr
    assert "it is no JSON. A file is given as @FILE" in run("post", "{", status=2).stderr
    assert "it is no JSON. A file is" in run("digest", "verify", "nowhere.json", status=2).stderr
    file = tmp_path / "some.json"
    file.write_text("{}")
    assert f"For the file: @{file}." in run("digest", "verify", file, status=2).stderr


def test_a_batch_says_what_became_of_each(run, account):
    alice = account()
    items = [
        {"operation": "deposit", "account_id": alice, "amount": 5},
        {"operation": "deposit", "account_id": "nobody at all", "amount": 5},
    ]
    shown = run("batch", json.dumps(items), status=1).stdout
    assert "account_not_found" in shown
    assert shown.splitlines()[-1] == "1 posted, 0 replayed, 1 refused"
    assert "0 posted" not in run("batch", json.dumps(items[:1]), "--dry-run").stdout
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 5


def test_a_batch_of_lines(run, account, tmp_path):
    alice = account()
    file = tmp_path / "lines.ndjson"
    item = json.dumps({"operation": "deposit", "account_id": alice, "amount": 5})
    file.write_text(f"{item}\n\n{item}\n")
    assert run("batch", f"@{file}").stdout.splitlines()[-1] == "2 posted, 0 replayed, 0 refused"
    file.write_text(f"{item}\nnone\n")
    assert "it is no JSON" in run("batch", f"@{file}", status=2).stderr


NO_NUMBERS = ["1_000", "\u0661", " 5 ", "+7", "1e3", "1.0", "0x10", "9" * 20, ""]


@pytest.mark.parametrize("amount", NO_NUMBERS)
def test_what_is_no_amount(run, account, amount):
    alice = account()
    assert "no whole number" in run("deposit", alice, amount, status=2).stderr
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 0


@pytest.mark.parametrize("amount", ["0", str(2**53)])
def test_what_the_bank_takes_for_none(run, account, amount):
    alice = account()
    assert "invalid_amount" in run("deposit", alice, amount, status=1).stderr


@pytest.mark.parametrize("limit", ["0", "-5", "1001"])
def test_what_is_no_limit(run, limit):
    assert "is not one of 1 to 1000" in run("account", "list", "--limit", limit, status=2).stderr


ODD = {"name": "Al\x1b[2J\x1b]0;owned\x07", "more": "\x9b\u202e\U0001f468\u200d\U0001f469"}


def test_what_others_wrote_does_nothing_to_a_terminal(run, account):
    alice = account(5)
    run("account", "metadata", alice, json.dumps(ODD))
    for command in ("statement", alice), ("account", "show", alice), ("history", alice):
        shown = run(*command).stdout
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*shown}, command
    shown = run("account", "show", alice).stdout
    assert "\\u001b[2J" in shown
    assert "\U0001f468\u200d\U0001f469" in shown
    assert "[bold]" in run("account", "metadata", alice, '{"a": "[bold]"}').stdout


@pytest.mark.parametrize("width", [40, 80, 120, 160])
def test_a_terminal_of_any_width_shows_whole_numbers(run, account, monkeypatch, width):
    alice, bob = account(2**53 - 1), account()
    run("transfer", alice, bob, 1234567890123, "--metadata", json.dumps({"long": "x" * 400}))
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("pgteller.cli.tables.room", lambda: width)
    shown = run("history", alice).stdout
    for told in "9007199254740991", "-1234567890123", "9005964686850868", bob, "transfer":
        assert told in shown
    assert "…" not in shown


def test_an_answer_that_nobody_reads(login_url, run, account):
    """It was posted, and that is said; nobody takes it for a refusal."""
    alice = account()
    command = [sys.executable, "-m", "pgteller", "deposit", alice, "5"]
    own = os.environ | {"DATABASE_URL": login_url}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, env=own, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    told = b"It was done, under --idempotency-key "
    assert done.stderr.startswith(told)
    assert done.stderr.endswith(
        b", but the answer could not be written: No space left on device.\n"
    )
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, env=own, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert done.stderr.endswith(b", but the answer could not be written: Broken pipe.\n")
    for words in ["verify"], ["balance", alice], ["deposit", alice, "5"]:
        closed = f"{shlex.join([*command[:3], *words])} >&- 2>&- <&-"
        assert subprocess.run(["sh", "-c", closed], env=own, check=False).returncode == 0, words
    with open("/dev/full", "w") as full:
        seen = subprocess.run(
            [*command[:3], "balance", alice],
            env=own,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (seen.returncode, seen.stderr) == (
        2, b"The answer could not be written: No space left on device.\n",
    )  # fmt: skip
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 15
    done = subprocess.run([*command[:4], b"\xff", "5"], env=own, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"What was given is not UTF-8.\n")


def test_where_there_is_no_answer_the_key_is_told(run, db, database_url, account):
    alice = account()
    with psycopg.connect(database_url) as holder, ThreadPoolExecutor(1) as thread:
        holder.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [alice])
        asked = thread.submit(run, "deposit", alice, 5, status=2)
        wait_for_locks(db, 1)
        db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        told = asked.result().stderr
    assert "This may have happened or not." in told
    key = re.search("--idempotency-key ([0-9a-f-]{36})", told)[1]
    for _ in range(2):
        run("deposit", alice, 5, "--idempotency-key", key)
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 5


def test_a_statement_is_a_file(run, account):
    alice = account(100)
    text = run("statement", alice, "--as", "csv", "--separator", ";").stdout
    assert text.startswith("row;version;timestamp;")
    assert run("statement", alice, "--as", "pdf").stdout_bytes.startswith(b"%PDF-")
    assert "closing" in run("statement", alice).stdout


def test_lists_within_an_answer_are_tables(run, account):
    """Nobody reads a statement's lines as JSON in one line."""
    alice, bob = account(100), account()
    run("transfer", alice, bob, 30)
    above, totals, transactions = run("statement", alice).stdout.split("\n\n")
    assert ["closing", "70"] in [line.split() for line in above.splitlines()]
    assert totals.splitlines()[0] == "totals"
    title, head, _, *lines = transactions.splitlines()
    assert title == "transactions"
    assert "balance_after" in head
    assert len(lines) == 3
    assert "-30" in lines[2]
    assert "[" not in above
    empty = run("statement", alice, "--until", T0).stdout
    assert [line for line in empty.splitlines() if "transactions" in line] == ["transactions   []"]


def test_a_list_of_nothing_says_so(run, account):
    """To whoever looks, and not among what is listed."""
    for words in ("account", "holds", account()), ("account", "schedules", account()):
        done = run(*words)
        assert (done.stdout, done.stderr) == ("", "none\n")
        assert json.loads(run(*words, "--json").stdout)


def test_a_cell_is_no_longer_than_an_id_may_be(run, account):
    alice, longest = account(100), fresh("cli").ljust(64, "x")
    run("account", "open", longest)
    run("transfer", alice, longest, 1, "--metadata", json.dumps({"order": "x" * 9000}))
    done = run("history", alice)
    assert longest in done.stdout
    assert '{"order": "xxx' in done.stdout
    assert "x…" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 400
    assert "Metadata cut off at …: --json has all." in done.stderr
    assert "x" * 9000 in run("history", alice, "--json").stdout
    assert "cut off" not in run("history", longest, "--limit", 1).stderr


def test_what_a_login_may_not_do(login_url, run, account):
    alice = account()
    assert json.loads(run("trial-balance", "--json").stdout)
    assert run("account", "freeze", alice, "asked for").exit_code == 0
    assert "account_frozen" in run("withdraw", alice, 1, status=1).stderr


def test_a_database_that_is_away():
    done = pgteller("balance", "alice", url="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_what_libpq_says_is_on_lines_of_its_own(tmp_path):
    """It indents by tabs."""
    done = pgteller("balance", "alice", url=f"host={tmp_path}")
    assert "\n    Is the server running locally" in done.stderr
    assert "\\t" not in done.stderr


NASTY = {"say": 'a"b\\c,\nd\te\u2028\x01\x02\\.', "n": 12345678901234567890}


def test_export(run, db, account, tmp_path):
    one, other = account(100), account()
    run("transfer", one, other, 40, "--metadata", json.dumps(NASTY))
    query = "SELECT row_to_json(l) FROM bank.legs AS l ORDER BY transaction_id, leg, account_id"
    expected = [row[0] for row in db.execute(query)]
    exported = [json.loads(line) for line in run("export").stdout.strip().split("\n")]
    assert exported == expected
    mine = [leg for leg in exported if leg["account_id"] in (one, other) and leg["amount"]]
    assert [leg["amount"] for leg in mine] == [100, -40, 40]
    assert mine[-1]["metadata"] == NASTY

    file = tmp_path / "legs.csv"
    run("export", "--as", "csv", file)
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["transaction_id"] for row in rows] == [
        str(leg["transaction_id"]) for leg in exported
    ]
    assert list(rows[0]) == list(exported[0])
    [credit] = [row for row in rows if row["account_id"] == other and row["amount"] == "40"]
    assert json.loads(credit["metadata"]) == NASTY


def test_export_that_fails_leaves_what_was_there(run, tmp_path):
    file = tmp_path / "legs"
    file.write_text("of yesterday")
    done = pgteller("export", str(file), url="postgresql://nobody@127.0.0.1:1/nothing")
    assert done.exit_code == 2
    assert file.read_text() == "of yesterday"
    assert [path.name for path in tmp_path.iterdir()] == ["legs"]


def test_export_to_what_is_no_file(run, account, tmp_path):
    account(5)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        read = thread.submit(pipe.read_bytes)
        run("export", pipe)
        assert read.result().count(b"\n") > 1
    assert pipe.is_fifo()


def test_export_where_it_cannot_be_written(run, tmp_path):
    assert "is a directory" in run("export", tmp_path, status=2).output


def test_completion_of_a_shell():
    variables = {
        "_PGTELLER_COMPLETE": "bash_complete",
        "COMP_WORDS": "pgteller acc",
        "COMP_CWORD": "1",
    }
    done = CliRunner(env=variables).invoke(program, prog_name="pgteller")
    assert "plain,account" in done.output.splitlines()


def test_a_digest_that_does_not_verify(run, tmp_path):
    """Whatever calls it from cron is told by the exit status."""
    taken = run("digest", "take", "--json")
    good, edited = tmp_path / "good", tmp_path / "edited"
    good.write_text(taken.output)
    edited.write_text(json.dumps(json.loads(taken.output) | {"root": "0" * 64}))
    run("digest", "verify", f"@{good}")
    for options in [], ["--json"]:
        done = run("digest", "verify", f"@{edited}", *options, status=1)
        assert "root_differs" in done.output
