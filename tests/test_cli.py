"""The program `pgteller` on a terminal and in a pipe: what is shown, refused, and how it ends."""

import json
import re

import pytest
from click.testing import CliRunner

from pgteller.cli import bank, program
from pgteller.contract import FUNCTIONS
from pgteller.shell.routes import ROUTES
from tests.cli import pgteller
from tests.http_helpers import T0, fresh

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
    assert run("post", "{", status=2).stderr


def test_a_batch_says_what_became_of_each(run, account):
    alice = account()
    items = [
        {"operation": "deposit", "account_id": alice, "amount": 5},
        {"operation": "deposit", "account_id": "nobody at all", "amount": 5},
    ]
    shown = run("batch", json.dumps(items)).stdout
    assert "account_not_found" in shown
    assert shown.splitlines()[-1] == "1 posted, 0 replayed, 1 refused"
    assert "0 posted" not in run("batch", json.dumps(items[:1]), "--dry-run").stdout
    assert json.loads(run("balance", alice, "--json").stdout)["balance"] == 5


def test_a_statement_is_a_file(run, account):
    alice = account(100)
    text = run("statement", alice, "--as", "csv", "--separator", ";").stdout
    assert text.startswith("row;version;timestamp;")
    assert run("statement", alice, "--as", "pdf").stdout_bytes.startswith(b"%PDF-")
    assert "closing" in run("statement", alice).stdout


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
