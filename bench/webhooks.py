"""How many events a second one worker sends to a quick receiver: `python -m bench.webhooks`.

A thousand accounts, eight deposits each, all numbered before the worker starts. On a busy machine
the CPU per delivery, of the worker and of PostgreSQL's processes, says more than the rate.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg

from dev.testbed import scratch_database
from pgteller.embedded.database import create_web_role
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load

ACCOUNTS, EACH = 1000, 8
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TICKS = os.sysconf("SC_CLK_TCK")


class Quick(asyncio.Protocol):
    """Answers as soon as a request is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has come."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.read = b""

    def data_received(self, data: bytes) -> None:
        """Find whole requests in what has come so far."""
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            head = self.read[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(self.read) < end + 4 + length:
                return
            self.read = self.read[end + 4 + length :]
            self.transport.write(OK)


def receive(ports: list[int], ready: threading.Event) -> None:
    """Listen, until the process ends."""

    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(Quick, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    asyncio.run(listen())


def cpu(pid: int) -> float:
    """Seconds of CPU of a process; none of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def prepare(db: psycopg.Connection, port: int) -> None:
    """A webhook and what it wants."""
    db.execute("UPDATE ledger.settings SET webhook_http = true, webhook_networks = '{127.0.0.0/8}'")
    made = "SELECT FROM generate_series(1, %s) AS n CROSS JOIN LATERAL "
    db.execute(made + "bank.create_account('a' || n) AS a", [ACCOUNTS])
    url = f"http://127.0.0.1:{port}/"
    db.execute("SELECT FROM bank.create_webhook(%s, types => '{deposit}')", [url])
    for _ in range(EACH):
        db.execute(made + "bank.deposit('a' || n, 5) AS d", [ACCOUNTS])
    while db.execute("SELECT numbered FROM bank.number_events()").fetchone() != (0,):
        pass
    db.execute("ANALYZE ledger.ledger_transactions")


def watch(db: psycopg.Connection, pid: int) -> list[tuple[float, int, float, float]]:
    """When, how many have arrived, and the CPU of the worker and of its connections by then."""
    marks: list[tuple[float, int, float, float]] = []
    pids = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgteller'"
    arrived = "SELECT count(*) FROM ledger.webhook_deliveries WHERE status = 'delivered'"
    while not marks or marks[-1][1] < ACCOUNTS * EACH:
        (count,) = db.execute(arrived).fetchone() or (0,)
        backends = sum(cpu(backend) for (backend,) in db.execute(pids))
        if count:
            marks.append((time.perf_counter(), count, cpu(pid), backends))
        time.sleep(0.25)
    return marks


def main() -> None:
    """Measure once."""
    ports: list[int] = []
    ready = threading.Event()
    threading.Thread(target=receive, args=(ports, ready), daemon=True).start()
    ready.wait()
    with (
        temporary_server(preferred_bin_dir()) as server,
        scratch_database(server.url("postgres")) as url,
    ):
        load(url)
        login = create_web_role(url)
        with psycopg.connect(url, autocommit=True) as db:
            prepare(db, ports[0])
            command = [sys.executable, "-m", "pgteller", "worker"]
            with subprocess.Popen(command, env=os.environ | {"DATABASE_URL": login}) as worker:
                marks = watch(db, worker.pid)
                worker.terminate()
    first, last = marks[0], marks[-1]
    sent = last[1] - first[1]
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(marks)]
    print(
        f"{statistics.median(rates):.0f} deliveries a second (median of {len(rates)} looks); "
        f"CPU per delivery: worker {(last[2] - first[2]) / sent * 1e6:.0f} µs, "
        f"PostgreSQL {(last[3] - first[3]) / sent * 1e6:.0f} µs"
    )


if __name__ == "__main__":
    main()
