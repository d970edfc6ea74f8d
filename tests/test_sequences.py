"""A database whose sequences were left behind: nobody writes to it before they are advanced."""

import os
import subprocess
import sys

import psycopg
import pytest

from dev import PROJECT
from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from pgteller.urls import with_parts
from pgteller.worker import Worker
from tests.cli import pgteller
from tests.conftest import web_server
from tests.http_helpers import Bank

LAG = "ledger.payment_seq is at 1, 3 is in use"


@pytest.fixture
def restored(new_ledger):
    """A ledger with payments 1 to 3 whose sequences are those of another moment."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute("SELECT FROM bank.create_account('alice')")
        db.execute("SELECT FROM bank.deposit('alice', 1000)")
        for _ in range(3):
            db.execute("SELECT FROM bank.pay('alice', 1)")
        db.execute("SELECT setval('ledger.payment_seq', 1)")
        yield db, create_web_role(url)


def flask(url, *arguments):
    command = [sys.executable, "-m", "pgteller", *arguments]
    variables = os.environ | {"DATABASE_URL": url}
    return subprocess.run(
        command, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.first_server
def test_nothing_starts_before_they_are_advanced(restored, tmp_path):
    db, url = restored
    lines = tmp_path / "lines.ndjson"
    lines.write_text('{"operation": "pay", "account_id": "alice", "amount": 1}\n')
    for arguments in ["worker", "--once"], ["import", str(lines)]:
        stopped = flask(url, *arguments)
        assert stopped.returncode == 2
        assert LAG in stopped.stderr
        assert "bank.advance_sequences()" in stopped.stderr

    verified = flask(url, "verify")
    assert verified.returncode == 1
    assert "WRONG sequences_lead" in verified.stdout
    assert db.execute("SELECT * FROM bank.advance_sequences()").fetchall() == [
        ("ledger.payment_seq", 1, 3)
    ]
    assert flask(url, "verify").returncode == 0
    assert flask(url, "worker", "--once").returncode == 0
    assert flask(url, "import", str(lines)).returncode == 0
    assert db.execute("SELECT payment_id FROM bank.pay('alice', 1)").fetchone() == ("payment5",)


@pytest.mark.first_server
def test_the_web_server_ends(restored):
    db, url = restored
    command = [sys.executable, "-m", "pgteller", "serve"]
    variables = os.environ | {"DATABASE_URL": url}
    stopped = subprocess.run(
        command, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert stopped.returncode != 0
    assert LAG in stopped.stderr
    db.execute("SELECT bank.advance_sequences()")
    with web_server(url):
        pass


def test_one_that_runs_already_serves_nothing(restored):
    """Its database may come, or come back, later."""
    db, url = restored
    app = create_app(url)
    bank = Bank(app.test_client())
    for _ in range(2):
        for reply in (
            bank.get("/health/ready"),
            bank.post("/payments", account_id="alice", amount=1),
        ):
            assert (reply.status, reply.code) == (503, "database_unavailable")
            assert "payment_seq" not in str(reply.body)
    worker = Worker(app, interval=1, once=True)
    with pytest.raises(SystemExit):
        worker.run()
    db.execute("SELECT bank.advance_sequences()")
    assert bank.get("/health/ready").status == 200
    assert bank.post("/payments", account_id="alice", amount=1)["payment_id"] == "payment4"
    app.extensions["pool"].close()


def test_a_login_without_rights_serves_nobody(restored):
    """Nothing starts with it, and what was running with one of its like says so."""
    db, _ = restored
    db.execute("DROP ROLE IF EXISTS bank_nobody")
    db.execute("CREATE ROLE bank_nobody LOGIN PASSWORD 'nothing'")
    try:
        url = with_parts(db.info.dsn, user="bank_nobody", password="nothing")
        app = create_app(url)
        for path in "/accounts/alice", "/health/ready":
            reply = app.test_client().get(path)
            assert (reply.status_code, reply.json["code"]) == (503, "database_unavailable")
        app.extensions["pool"].close()
        for command in "serve", "worker", "account list":
            done = pgteller(*command.split(), url=url)
            assert done.exit_code == 2
            assert "bank_nobody may not call the functions of the ledger bank" in done.output
    finally:
        db.execute("DROP ROLE bank_nobody")
