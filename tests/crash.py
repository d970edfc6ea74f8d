"""A load that is killed again and again, and the account of what became of it.

Clients send operations over HTTP, each under a key of its own. An answer is an acknowledgement or a
refusal; anything else leaves an operation unknown, and is settled by sending it again under the
same key until there is an answer. Meanwhile PostgreSQL and the web server are killed with SIGKILL,
every process of them. In the end every acknowledged operation must be there once, and no other.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dev import PROJECT
from pgteller.embedded.server import Server
from pgteller.serving import Address, granian
from tests import fuzz

PATIENCE = 90  # seconds until a client that gets no answer gives up, which fails the test
STAKE = 1_000_000


class WebServer:
    """granian with two workers on a port that it keeps, to kill and start again."""

    def __init__(self, database_url: str, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.variables = {**os.environ, "DATABASE_URL": database_url, "LOG_LEVEL": "CRITICAL"}
        self.variables |= settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, *granian(Address("127.0.0.1", self.port))]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=self.variables, process_group=0)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Tally:
    """What happened."""

    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0  # ended without an answer, and were settled by a repeat
    done_before: int = 0  # of those, how many had happened after all
    digests: int = 0

    def __str__(self) -> str:
        killed = ", ".join(f"{count} x {what}" for what, count in self.kills.items())
        return (
            f"killed: {killed}\n"
            f"operations acknowledged: {self.acknowledged}, refused: {self.refused}\n"
            f"without an answer at first: {self.unknown}, had happened: {self.done_before}\n"
            f"digests that still hold: {self.digests}"
        )


@dataclass
class Client:
    """One thread of the load."""

    port: int
    dice: random.Random
    accounts: list[str]
    shop: str
    tally: Tally
    lock: threading.Lock
    answers: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    connection: http.client.HTTPConnection | None = None

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            path, body = self.choose()
            self.operate(path, body)

    def choose(self) -> tuple[str, dict[str, Any]]:
        one, other = self.dice.sample(self.accounts, 2)
        kind = self.dice.randrange(6)
        if kind == 0:
            return "/deposits", {"account_id": one, "amount": 5}
        if kind == 1:
            return "/payments", {"account_id": one, "amount": 70, "fee": 1}
        if kind == 2:
            return "/payments", {"account_id": one, "amount": 2, "merchant_account_id": self.shop}
        if kind == 3:
            return "/withdrawals", {"account_id": self.shop, "amount": 1}
        amount = self.dice.choice([1, 3, 10 * STAKE])  # the last is never there: refused
        return "/transfers", {
            "source_account_id": one,
            "target_account_id": other,
            "amount": amount,
        }

    def operate(self, path: str, body: dict[str, Any]) -> None:
        """Send it until there is an answer."""
        key = secrets.token_hex(8)
        unknown = False
        deadline = time.monotonic() + PATIENCE
        while (answer := self.send(path, body, key)) is None:
            unknown = True
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer to {path} {body} in {PATIENCE} s")
            time.sleep(0.05)
        status, replayed, document = answer
        with self.lock:
            self.tally.unknown += unknown
            self.tally.done_before += unknown and replayed
            if status >= 400:
                self.tally.refused += 1
                assert document["code"] == "insufficient_funds", document
            else:
                self.tally.acknowledged += 1
                self.answers.append((path, body, document))
        assert unknown or not replayed

    def send(self, path: str, body: dict[str, Any], key: str) -> tuple[int, bool, Any] | None:
        """Status, whether it is an old answer, and the document; None where there is no answer."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request("POST", path, json.dumps(body), headers)
            response = self.connection.getresponse()
            document = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return None
        if response.status >= 500:
            assert response.status == 503, (response.status, document)
            return None
        return response.status, response.headers.get("Idempotent-Replayed") == "true", document


def crash(
    server: Server,
    rounds: int,
    clients: int = 8,
    report: Callable[[], object] = lambda: None,
    seed: int = fuzz.SEED,
) -> Tally:
    """Kill what there is `rounds` times in the middle of a load, and check what is left."""
    tally, lock = Tally(), threading.Lock()
    accounts, shop = opened(server.url())
    web = WebServer(server.url(user="bank_web"))
    web.start()
    load = [
        Client(web.port, fuzz.dice(__name__, number, seed=seed), accounts, shop, tally, lock)
        for number in range(clients)
    ]
    digests = []
    try:
        with running(load) as failures:
            for number in range(rounds):
                _go_on(tally, failures)
                what = ("PostgreSQL", "web server", "PostgreSQL", "both")[number % 4]
                if what != "PostgreSQL":
                    web.kill()
                if what != "web server":
                    server.kill()
                    server.start()
                if what != "PostgreSQL":
                    web.start()
                tally.kills[what] = tally.kills.get(what, 0) + 1
                with psycopg.connect(server.url(), autocommit=True) as db:
                    digests.append(db.execute("SELECT bank.ledger_digest(60000)::text").fetchone())
                report()
            _go_on(tally, failures)
    finally:
        web.kill()
    with psycopg.connect(server.url(), autocommit=True) as db:
        check(db, [answer for client in load for answer in client.answers])
        for digest in digests:
            query = "SELECT ok, finding, account_id FROM bank.verify_digest(%s)"
            assert db.execute(query, digest).fetchone() == (True, None, None)
            tally.digests += 1
    return tally


def opened(url: str) -> tuple[list[str], str]:
    """The accounts that clients move money between, each with a stake, and a collecting one."""
    accounts, shop = [f"client-{number}" for number in range(6)], "shop"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        for account_id in (*accounts, shop):
            db.execute("SELECT bank.create_account(%s)", [account_id])
            db.execute("SELECT bank.deposit(%s, %s)", [account_id, STAKE])
        db.execute("SELECT FROM bank.set_collecting(%s, true)", [shop])
    return accounts, shop


@contextlib.contextmanager
def running(load: list[Client]) -> Iterator[list[BaseException]]:
    """Have the clients work while the block runs; what goes wrong with one is told at its end."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def run(client: Client) -> None:
        try:
            client.run(stop)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=[client]) for client in load]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def _go_on(tally: Tally, failures: list[BaseException]) -> None:
    """Let the load do some work."""
    goal = tally.acknowledged + 40
    deadline = time.monotonic() + PATIENCE
    while tally.acknowledged < goal:
        if failures:
            raise failures[0]
        if time.monotonic() > deadline:
            raise TimeoutError("the load does not go on")
        time.sleep(0.005)


def check(db: psycopg.Connection, answers: list[tuple[str, dict[str, Any], Any]]) -> None:
    """Every acknowledged operation is there once and as answered; the books and files are whole."""
    legs: dict[int, list[tuple[str, int]]] = {}
    query = """
        SELECT transaction_id, account_id, amount::bigint FROM ledger.ledger_transactions
        WHERE operation NOT IN ('open', 'cashback', 'set_collecting')
        UNION ALL
        SELECT transaction_id, account_id, amount FROM ledger.collected_credits
    """
    for transaction_id, account_id, amount in db.execute(query):
        legs.setdefault(transaction_id, []).append((account_id, amount))
    opening = 7  # deposits, made before the load and without a key
    assert len(legs) == len(answers) + opening
    for path, body, answer in answers:
        assert sorted(legs[answer["transaction_id"]]) == expected(path, body), (path, answer)
    assert len({answer["transaction_id"] for *_, answer in answers}) == len(answers)

    assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
    indexes = db.execute("""
        SELECT bt_index_check(i.indexrelid, true)
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_am AS a ON a.oid = c.relam AND a.amname = 'btree'
        WHERE c.relnamespace IN ('ledger'::regnamespace, 'pg_catalog'::regnamespace)
    """).fetchall()
    assert len(indexes) > 20
    damaged = db.execute("""
        SELECT c.relname, damage.* FROM pg_class AS c, verify_heapam(c.oid) AS damage
        WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
    """).fetchall()
    assert damaged == []


def expected(path: str, body: dict[str, Any]) -> list[tuple[str, int]]:
    """The legs of an operation on customers' accounts."""
    amount = body["amount"]
    if path == "/transfers":
        return sorted([(body["source_account_id"], -amount), (body["target_account_id"], amount)])
    if path == "/deposits":
        return [(body["account_id"], amount)]
    found = [(body["account_id"], -amount)]
    if body.get("fee"):
        found.append((body["account_id"], -body["fee"]))
    if "merchant_account_id" in body:
        found.append((body["merchant_account_id"], amount))
    return sorted(found)
