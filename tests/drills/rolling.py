"""Two web servers are restarted in turn while clients write; no request fails."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from dev import PROJECT
from tests.drills import machines, writers

UNANSWERED = (ConnectionError, http.client.RemoteDisconnected)
HEADERS = {"Content-Type": "application/json"}


@dataclass
class Rolling:
    """What became of it."""

    restarts: int = 0
    acknowledged: int = 0
    passed: int = 0  # turns of a server that was not ready, or refused the connection
    repeated: int = 0  # since a kept connection was closed while they were sent
    failed: list[str] = field(default_factory=list)  # anything else
    stopping: list[float] = field(default_factory=list)  # seconds from SIGTERM to the end

    def __str__(self) -> str:
        return (
            f"{self.restarts} restarts, {self.acknowledged} operations acknowledged, "
            f"{self.passed} turns passed to the other server before anything was sent, "
            f"{self.repeated} repeated under their key since a kept connection was being closed, "
            f"{len(self.failed)} failed; stopping took "
            f"{max(self.stopping):.2f} s at most"
        )


class Serving:
    """`pgteller serve` on a port that it keeps."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        variables = {"DATABASE_URL": database_url, "PORT": str(self.port), "HOST": "127.0.0.1"}
        self.variables = os.environ | variables
        self.start()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-m", "pgteller", "serve"]
        self.process = subprocess.Popen(command, cwd=PROJECT, env=self.variables, process_group=0)
        machines.wait_for(self.is_ready, "the web server does not come up")
        machines.wait_for_workers(self.process.pid)

    def is_ready(self) -> bool:
        """As a balancer asks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> float:
        """Tell it to stop, as a process manager does; how long it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0
        return time.monotonic() - begun

    def kill(self) -> None:
        """At the end, whatever it does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Writer:
    """A client of both, by turns; it keeps its connections as a balancer does."""

    number: int
    ports: list[int]
    tally: Rolling
    lock: threading.Lock
    keep: bool
    unready: set[int]
    keys: list[str] = field(default_factory=list)
    kept: dict[int, http.client.HTTPConnection] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        turns = itertools.cycle(self.ports)
        while not stop.is_set():
            self.operate(turns)

    def operate(self, turns: Iterator[int]) -> None:
        """One transfer, by whichever server takes the connection."""
        source = writers.ACCOUNTS[self.number]
        target = writers.ACCOUNTS[(self.number + 1) % len(writers.ACCOUNTS)]
        body = {"source_account_id": source, "target_account_id": target, "amount": 1}
        key = secrets.token_hex(8)
        while True:
            port = next(turns)
            kept = port in self.kept
            connection = self.connected(port)
            if connection is None:
                continue
            try:
                self.send(port, connection, body, key)
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                self.kept.pop(port, None)
                with self.lock:
                    # It may be closed just as its client sends, who cannot know more.
                    if kept and isinstance(problem, UNANSWERED):
                        self.tally.repeated += 1
                        continue
                    self.tally.failed.append(repr(problem))
            return

    def send(
        self, port: int, connection: http.client.HTTPConnection, body: object, key: str
    ) -> None:
        """Send it, and take down that it was acknowledged."""
        headers = HEADERS | {"Idempotency-Key": key}
        connection.request("POST", "/transfers", json.dumps(body), headers)
        response = connection.getresponse()
        said = response.read()
        if response.status != 200:
            raise http.client.HTTPException(f"{response.status} {said!r}")
        if self.keep and not response.will_close:
            self.kept[port] = connection
        else:
            self.kept.pop(port, None)
            connection.close()
        self.keys.append(key)
        with self.lock:
            self.tally.acknowledged += 1

    def connected(self, port: int) -> http.client.HTTPConnection | None:
        """A connection; None where it is refused, or its server is known not to be ready."""
        if port in self.unready:
            self.pass_on()
            return None
        if kept := self.kept.get(port):
            if not select.select([kept.sock], [], [], 0)[0]:
                return kept
            self.kept.pop(port).close()  # it has hung up, and nothing was sent
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.connect()
        except (ConnectionRefusedError, ConnectionResetError):
            self.pass_on()
            return None
        return connection

    def pass_on(self) -> None:
        """Take down that it is the other server's turn."""
        with self.lock:
            self.tally.passed += 1


def rolling(
    rounds: int = 5,
    clients: int = 4,
    keep: bool = False,
    report: Callable[[], object] = lambda: None,
) -> Rolling:
    """Restart each of two servers `rounds` times under load."""
    tally, lock, stop = Rolling(), threading.Lock(), threading.Event()
    with machines.primary(fsync="off") as server:
        with psycopg.connect(server.url(), autocommit=True) as db:
            for account_id in writers.ACCOUNTS:
                db.execute("SELECT bank.create_account(%s)", [account_id])
                db.execute("SELECT bank.deposit(%s, 1000000)", [account_id])
        with two(server.url(user="bank_web")) as servers:
            ports = [one.port for one in servers]
            unready: set[int] = set()
            load = [Writer(one, ports, tally, lock, keep, unready) for one in range(clients)]
            threads = [threading.Thread(target=one.run, args=[stop]) for one in load]
            threads.append(threading.Thread(target=watch, args=[servers, unready, stop]))
            for thread in threads:
                thread.start()
            try:
                for number in range(2 * rounds):
                    go_on(tally)
                    one = servers[number % 2]
                    tally.stopping.append(one.stop())
                    go_on(tally)
                    one.start()
                    tally.restarts += 1
                    report()
                go_on(tally)
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
        assert tally.failed == [], tally.failed
        there = [key for key, _ in writers.written(server.url())]
        acknowledged = [key for one in load for key in one.keys]
        assert len({*acknowledged}) == len(acknowledged) == tally.acknowledged
        assert {*acknowledged} <= {*there}
        with psycopg.connect(server.url(), autocommit=True) as db:
            assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []
    return tally


def watch(servers: list[Serving], unready: set[int], stop: threading.Event) -> None:
    """What a balancer does beside: ask each server again and again whether it is ready."""
    while not stop.wait(0.1):
        for one in servers:
            if one.is_ready():
                unready.discard(one.port)
            else:
                unready.add(one.port)


@contextmanager
def two(database_url: str) -> Iterator[list[Serving]]:
    """Web servers."""
    servers: list[Serving] = []
    try:
        for _ in range(2):
            servers.append(Serving(database_url))
        yield servers
    finally:
        for one in servers:
            one.kill()


def go_on(tally: Rolling) -> None:
    """Let the load do some work."""
    goal = tally.acknowledged + 60
    machines.wait_for(lambda: tally.acknowledged >= goal, "the load does not go on")
