"""What makes load, and what it costs: pgbench, wrk and psycopg, with the CPU of the backends.

Every function here runs one kind of load for some seconds and returns a `Sample`.  The first second
is never counted: connections open then, and functions are compiled.
"""

from __future__ import annotations

import itertools
import multiprocessing
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dev.debian import unpacked
from pgteller.embedded.server import Server

Connection = psycopg.Connection[tuple[Any, ...]]
Operation = Callable[[Connection, int], int]
REQUEST = Path(__file__).with_name("request.lua")


@dataclass
class Sample:
    """What one run came to. Rates are per second, times are of one operation."""

    rate: float
    cpu_us: float | None = None  # CPU of the backends
    p50_ms: float | None = None
    p99_ms: float | None = None


class BenchError(Exception):
    """The load did not run as it should."""


def backend_seconds(server: Server) -> float:
    """CPU seconds of the backends that serve clients now, of the kernel's finest clock."""
    postmaster = server.postmaster()
    total = 0
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        try:
            title = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"[local]" in title:  # not the checkpointer, the WAL writer, autovacuum
                total += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue  # it has just ended
    return total / 1e9


@dataclass(frozen=True)
class Target:
    """A database to put load on, and what PGOPTIONS sets in the sessions that do."""

    server: Server
    database: str
    options: str = ""

    def url(self) -> str:
        """For psycopg."""
        return self.server.url(self.database)

    def environment(self) -> dict[str, str]:
        """For pgbench."""
        given = {"PGOPTIONS": self.options} if self.options else {}
        return self.server.environment(self.database) | given


def pgbench(target: Target, script: Path, clients: int, seconds: int) -> Sample:
    """Run a script of pgbench by so many clients.

    CPU and rate are those between the first and the last report of progress.
    """
    server = target.server
    command = [str(server.bin_dir / "pgbench"), "-n", "-M", "prepared", "-P", "1"]
    command += ["-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds + 60)]
    command += ["-f", str(script), target.database]
    reports: list[tuple[float, float, float]] = []
    said = []
    with subprocess.Popen(
        command,
        env=target.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        for line in process.stderr or ():
            said.append(line)
            if found := re.match(r"progress: ([\d.]+) s, ([\d.]+) tps.* 0 failed", line):
                reports.append((float(found[1]), float(found[2]), backend_seconds(server)))
                if len(reports) > seconds:
                    process.terminate()
                    break
    if len(reports) <= seconds:
        raise BenchError(f"pgbench of {script.name} failed:\n{''.join(said)}")
    done = sum(
        rate * (now - before) for (before, _, _), (now, rate, _) in itertools.pairwise(reports)
    )
    cpu = reports[-1][2] - reports[0][2]
    return Sample(done / (reports[-1][0] - reports[0][0]), 1e6 * cpu / done)


def python_clients(
    target: Target, operation: Operation, clients: int, seconds: float, warm: int
) -> Sample:
    """Run an operation in so many processes, each with a connection of its own, as a pool gives it.

    `operation` gets the connection and the number of the client and tells how many things it did;
    it runs `warm` times before the clock does.
    """
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(clients + 1)
    results: multiprocessing.Queue[tuple[int, float]] = context.Queue()

    def work(number: int) -> None:
        with psycopg.connect(target.url(), autocommit=True) as connection:
            for _ in range(warm):
                operation(connection, number)
            ready.wait()
            begun = now = time.monotonic()
            done = 0
            while not done or now < begun + seconds:
                done += operation(connection, number)
                now = time.monotonic()
            results.put((done, now - begun))
            ready.wait()  # stay until the CPU has been read

    workers = [context.Process(target=work, args=(number,)) for number in range(clients)]
    for worker in workers:
        worker.start()
    try:
        ready.wait(120)
        before = backend_seconds(target.server)
        found = [results.get(timeout=120 + seconds) for _ in workers]
        cpu = backend_seconds(target.server) - before
        ready.wait(60)
    finally:
        for worker in workers:
            worker.join(10)
            worker.terminate()
    total = sum(done for done, _ in found)
    return Sample(sum(done / lasted for done, lasted in found), 1e6 * cpu / total)


def wrk(base: str, kind: str, connections: int, seconds: int) -> Sample:
    """Ask the web server over so many connections; an answer other than 2xx is an error."""
    root = unpacked("wrk")
    library = next(unpacked("libluajit-5.1-2").glob("usr/lib/*/libluajit*")).parent
    command = [str(root / "usr/bin/wrk"), "--latency", "--timeout", "10s", "-t", "1"]
    command += ["-c", str(connections), "-d", f"{seconds}s", "-s", str(REQUEST), base]
    said = subprocess.run(
        command,
        env={"LD_LIBRARY_PATH": str(library), "KIND": kind},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if "Non-2xx" in said or "Socket errors" in said or not rate:
        raise BenchError(f"{kind} is not answered well:\n{said}")
    return Sample(float(rate[1]), None, _percentile(said, 50), _percentile(said, 99))


def _percentile(said: str, percent: int) -> float:
    """A latency from wrk's table, in ms."""
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)", said, re.MULTILINE)
    assert found, said
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]
