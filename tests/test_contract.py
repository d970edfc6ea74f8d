"""The contract is what the SQL says, and says everything that is said of an operation."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dev import PROJECT
from dev.contract import (
    CONTRACT,
    EXAMPLES,
    METHODS,
    PACKAGE,
    ROOMS,
    ContractError,
    contract,
    text,
)
from dev.scenario import examples
from dev.stub import stub
from dev.testbed import scratch_database
from pgteller.contract import FUNCTIONS, TYPES
from pgteller.shell.routes import ROUTES
from pgteller.shell.shapes import is_time

ROLES = {"bank_teller": "a teller", "bank_operator": "an operator", "bank_auditor": "an auditor"}

# Whoever calls functions of his own accord, not because a route does.
CALLERS = {
    "calls.py": {"batch", "verify_account", "verify_ledger"},
    "install/migrations.py": {"post"},  # a kind of them
    "install/health.py": {
        *("lagging_sequences", "advance_sequences", "list_workers", "ledger_metrics"),
        *("ledger_status", "list_proofs"),
    },
    "client.py": {"transfer"},
    "shell/db.py": {
        "batch",
        "verify_ledger",
        "get_account",
        "lagging_sequences",
        "advance_sequences",
    },
    "console/asking.py": {
        *("get_account", "list_currencies", "list_cashback_policies", "ledger_totals"),
        "list_webhooks",
    },
    "console/effects.py": {"list_events", "resume_webhook"},
    "console/finding.py": {"hold"},  # hold: a kind of things
    # Kinds of entries.
    "console/following.py": {"freeze_account", "block_account", "close_account"},
    "console/forms.py": {"freeze_account", "get_account", "get_hold", "get_payment"},
    "console/proving.py": {"begin_proof", "ledger_digest", "verify_digest"},
    "console/signing.py": {"begin_session", "end_session"},
    "console/statements.py": {"get_statement"},
    "console/links.py": {"list_house_entries"},
    "shell/identity.py": {"authenticate", "resume_session", "vouch"},
    "shell/refused.py": {"note_refusals"},
    "shell/scraping.py": {"ledger_metrics"},
    "proofs.py": {"begin_proof", "finish_proof", "note_progress", "verify_ledger"},
    "worker/timetable.py": {"ledger_digest", "verify_digest", "verify_ledger"},
    "shell/shapes.py": {"batch"},
    "worker/__init__.py": {
        *("number_events", "settle_cashbacks", "expire_holds", "fold_collected", "run_schedules"),
    },
    "worker/addresses.py": {"webhook_rules"},
    "worker/deliveries.py": {"webhook_rules", "claim_deliveries", "finish_deliveries"},
    "worker/heartbeat.py": {"begin_worker", "beat_worker", "end_worker"},
}


def test_it_is_what_the_database_says(database_url):
    """`make contract` writes it anew."""
    assert CONTRACT.read_text() == text(contract(database_url), 4)


def test_the_methods_are_those_of_the_contract():
    assert METHODS.read_text() == stub()


def test_what_is_told_of_as_a_time_is_called_like_one():
    """And the other way round: by that a number is shown, and may be given, as a date."""
    called = re.compile(r"timestamp|since|until|as_of|\w+_(at|timestamp|since|until|due)")
    of = [(one.name, one.arguments) for one in FUNCTIONS.values()]
    of += [(name, kind.columns) for name, kind in TYPES.items()]
    for place, values in of:
        for name, value in values.items():
            whole = value.schema.get("type") == "integer"
            assert is_time(value) == (whole and called.fullmatch(name) is not None), (place, name)


def test_examples_are_what_is_answered(new_ledger):
    with new_ledger() as url:
        assert EXAMPLES.read_text() == text(examples(url), 2)


def test_every_route_has_an_example():
    assert {route.name for route in ROUTES} <= {*json.loads(EXAMPLES.read_text())}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=[*FUNCTIONS])
def test_the_test_of_each_function_decides_who_may_call_it(function):
    tests = PROJECT / "sql" / "tests" / function.room / f"{function.name}.sql"
    for role, who in ROLES.items():
        may = role in function.roles
        decision = (
            f"SELECT ok(\n    {'' if may else 'NOT '}has_function_privilege('{role}', "
            f"'bank.{function.name}'::regproc, 'EXECUTE'),\n"
            f"    '{who} {'may' if may else 'may not'} call it'\n);"
        )
        assert decision in tests.read_text(), f"{tests.name}: {decision}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_operation_is_named_in_one_row(function):
    """Nobody else in the shell, and no list in the tests of the catalog, need know it."""
    named = re.compile(rf'"{function}"|\bbank\.{function}\b')
    row = re.compile(rf'    Route\("[A-Z]+", "[^"]+", "{function}".*\),$')
    for file in sorted(PACKAGE.rglob("*.py")):
        name = str(file.relative_to(PACKAGE))
        # Which knows the operations of legs by itself; which makes up what customers do.
        if name.startswith(("outside/", "demo/")):
            continue
        rows = [line for line in file.read_text().splitlines() if named.search(line)]
        if name == "shell/routes.py":
            assert sum(row.match(line) is not None for line in rows) <= 1
        elif name == "cli/bank.py":  # under which words, where its own name is not good enough
            assert sum(line.startswith('    "') for line in rows) <= 2
        elif name in ("console/pages.py", "console/actions.py", "console/hints.py"):
            continue  # tables of where people see it, under which word
        elif function not in CALLERS.get(name, ()):
            assert not rows, (name, rows)


# A throw-away operation, and all that it takes besides a test over HTTP and one in pgTAP.
BONUS = """\
-- give_bonus: credit an account with a present of the house.
--
--   Returns  the receipt; a repeat under the same key gets the first one again
--   Writes   what bank.deposit writes
--   Locks    the account
--   Errors   invalid_amount, account_not_found
CREATE OR REPLACE FUNCTION bank.give_bonus(
    account_id text, amount bigint DEFAULT 500, idempotency_key text DEFAULT NULL
)
RETURNS bank.receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN bank.deposit(
        give_bonus.account_id, give_bonus.amount, metadata => '{"bonus": true}',
        idempotency_key => give_bonus.idempotency_key
    );
END;
$function$;

COMMENT ON FUNCTION bank.give_bonus(text, bigint, text) IS
    'Credit an account with a present of the house. Once a year.';
REVOKE ALL ON FUNCTION bank.give_bonus(text, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.give_bonus(text, bigint, text) TO bank_operator;
"""
ROW = '    Route("POST", "/bonuses", "give_bonus"),\n'
EXAMPLE = '    bank.call("give_bonus", account_id="bob", amount=100)\n'
TRY = """
import sys
from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
client = create_app(create_web_role(sys.argv[1])).test_client()
for body in {"account_id": "bob"}, {"account_id": "bob", "amount": True}, {"account_id": "nobody"}:
    print(client.post("/bonuses", json=body).get_data(as_text=True))
operation = client.get("/openapi.json").json["paths"]["/bonuses"]["post"]
print(operation["summary"], operation["description"], sorted(operation["responses"]))
print(operation["requestBody"]["content"]["application/json"]["example"])
"""


def test_an_operation_takes_a_file_a_row_and_an_example(server, tmp_path):
    """In a copy of the project: function, route and example; the rest is made from them."""
    for folder in "dev", "web", "sql", "docs":
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    shutil.copy(PROJECT / "README.md", tmp_path)
    (tmp_path / "sql/functions/money/give_bonus.sql").write_text(BONUS)
    put(tmp_path / "web/pgteller/shell/routes.py", "ROUTES = [\n", ROW)
    put(tmp_path / "dev/scenario.py", '    """What can be read of all this."""\n', EXAMPLE)

    with scratch_database(server) as url:
        make = "from dev import contract; import sys; contract.load(sys.argv[1]);"
        python(tmp_path, make + "contract.write(sys.argv[1])", url)
        printed = python(tmp_path, TRY, url)
    assert '"account_id":"bob","amount":500,' in printed
    assert '"code":"invalid_request","field":"amount"' in printed
    assert '"code":"account_not_found"' in printed
    assert (
        "Credit an account with a present of the house. Once a year. ['200', '400', '401', '403',"
        in printed
    )
    assert "{'account_id': 'bob', 'amount': 100}" in printed
    for page in (
        *("README.md", "docs/sql-api.md", "docs/sql/money.md"),
        *("docs/http-api.md", "docs/http/money.md"),
    ):
        assert "bonus" in (tmp_path / page).read_text()


def put(file: Path, after: str, more: str) -> None:
    assert after in file.read_text()
    file.write_text(file.read_text().replace(after, after + more))


def python(folder: Path, program: str, url: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", program, url],
        cwd=folder, check=True, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(folder / "web")},
    )  # fmt: skip
    return result.stdout


def test_a_header_that_says_something_else_is_refused(database_url, tmp_path, monkeypatch):
    rooms = shutil.copytree(ROOMS, tmp_path / "functions")
    monkeypatch.setattr("dev.contract.ROOMS", rooms)
    file = rooms / "money" / "deposit.sql"
    file.write_text(file.read_text().replace("invalid_amount,", "wrong_amount,"))
    with pytest.raises(ContractError, match="nothing is refused as wrong_amount"):
        contract(database_url)
    file.write_text(file.read_text().replace("-- deposit: credit", "-- deposit: debit"))
    with pytest.raises(ContractError):
        contract(database_url)


def test_a_room_that_does_not_say_what_people_call_it_is_refused(
    database_url, tmp_path, monkeypatch
):
    rooms = shutil.copytree(ROOMS, tmp_path / "functions")
    monkeypatch.setattr("dev.contract.ROOMS", rooms)
    file = rooms / "books" / "room.sql"
    file.write_text(file.read_text().replace("-- Room books: Books.\n", "-- Room books.\n"))
    with pytest.raises(ContractError, match="Its title"):
        contract(database_url)
