"""Measure, print and keep: `python -m bench`, or `python -m bench growth`.

BENCH_SECONDS (2) is how long one measurement lasts, BENCH_ROUNDS (3) how many there are of each:
every round measures everything once, and the median of the rounds counts.  BENCH_ONLY=word keeps
to the measurements whose names hold that word, and writes nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from tqdm import tqdm

from bench import chart, counting, operations, outside, report
from bench.load import BenchError, Operation, Sample, Target, pgbench, python_clients, wrk
from bench.operations import SCRIPTS
from bench.shell import web_server
from dev import PROJECT
from dev.variables import text, whole
from pgteller.embedded.database import create_database
from pgteller.embedded.programs import PostgresError, preferred_bin_dir
from pgteller.embedded.server import Server, temporary_server
from pgteller.install import load

SECONDS = whole("BENCH_SECONDS")
ROUNDS = whole("BENCH_ROUNDS")
ONLY = text("BENCH_ONLY")
RESULTS = PROJECT / "bench" / "results.json"

# As on a small server of one's own; fsync and synchronous_commit are on, as always.
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "pgteller.share_roles": "on"}
SLOW_COMMIT = "-c commit_delay=2000 -c commit_siblings=0"  # every flush of the WAL waits 2 ms first
PREPARED = 6  # from the sixth time on psycopg runs what it has prepared
LEGS = 200_000
SIZES = {"100 k": 100_000, "1 M": 1_000_000, "10 M": 10_000_000}


@dataclass(frozen=True)
class Cell:
    """One thing to measure."""

    name: str
    run: Callable[[], Sample]


class Bench:
    """A server, its databases, and the ways to put load on them."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.scripts = operations.write_scripts(folder)

    def ledger(self, database: str, legs: int) -> str:
        """Make a database with a ledger of so many legs; its URL."""
        url = create_database(self.server.url("postgres"), database)
        load(url)
        operations.fill(url, legs, f"Filling {database}")
        return url

    def sql(self, script: str, clients: int, database: str, options: str = "") -> Sample:
        """Run a script of pgbench."""
        target = Target(self.server, database, options)
        return pgbench(target, self.scripts[script], clients, SECONDS)

    def python(self, operation: Operation, clients: int, database: str, warm: int = 1) -> Sample:
        """Run an operation by psycopg."""
        return python_clients(Target(self.server, database), operation, clients, SECONDS, warm)

    def collecting(self, clients: int, database: str, options: str = "") -> Sample:
        """Transfers to the collecting account, folded all the while, and after it to the last one.

        The time until everything is folded counts, so nothing is put off to look fast.
        """
        with folding(self.server.url(database)) as drained:
            sample = self.sql("collecting transfer", clients, database, options)
        sample.rate *= SECONDS / (SECONDS + drained[0])
        return sample


@contextlib.contextmanager
def folding(url: str) -> Iterator[list[float]]:
    """Fold the collecting account ten times a second; at the end say how long the rest took."""
    stop = threading.Event()
    drained: list[float] = []
    fold = "SELECT bank.deposit('collecting', 1)"

    def work() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not stop.wait(0.1):
                connection.execute(fold)
            begun = time.monotonic()
            connection.execute(fold)
            drained.append(time.monotonic() - begun)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield drained
    finally:
        stop.set()
        worker.join()


def speed(bench: Bench, stack: contextlib.ExitStack) -> list[Cell]:
    """What to measure on a ledger of 200 000 legs."""
    url = bench.ledger("speed", LEGS)
    operations.lay_floor(url)
    base = stack.enter_context(web_server(url))
    cells = []

    def add(name: str, clients: int, measure: Callable[..., Sample], *arguments: object) -> None:
        cells.append(Cell(f"{name} @{clients}", partial(measure, *arguments)))

    for clients, script in itertools.product((1, 8, 32), SCRIPTS):
        if not script.startswith("collecting"):
            add(script, clients, bench.sql, script, clients, "speed")
        elif script == "collecting transfer":
            add(script, clients, bench.collecting, clients, "speed")
    for script in "bank.transfer", "hot transfer":
        add(f"{script}, slow commit", 32, bench.sql, script, 32, "speed", SLOW_COMMIT)
    add("collecting transfer, slow commit", 32, bench.collecting, 32, "speed", SLOW_COMMIT)

    add("client way", 8, bench.python, operations.client_transfer, 8, "speed", PREPARED)
    add("client bank.transfer", 8, bench.python, operations.bank_transfer, 8, "speed", PREPARED)
    for clients, size in itertools.product((1, 8), (100, 1000, 10_000)):
        batch = operations.Batches(size)
        add(f"bank.batch of {size}", clients, bench.python, batch, clients, "speed")
    add("floor.insert_legs", 1, bench.python, operations.insert_legs, 1, "speed")

    target = Target(bench.server, "speed")
    add("bank.verify_ledger, legs", 1, python_clients, target, operations.verify_ledger, 1, 0, 0)

    for clients, kind in itertools.product((1, 16, 64), operations.REQUESTS):
        add(f"HTTP {kind}", clients, wrk, base, kind, clients, SECONDS)
    return cells


def growth(bench: Bench, stack: contextlib.ExitStack) -> list[Cell]:
    """The same on ledgers of three sizes, which lie in one server and take turns."""
    cells = []
    batch = operations.Batches(10_000)
    for size, legs in SIZES.items():
        database = f"legs_{legs}"
        url = bench.ledger(database, legs)
        operations.number_events(url)
        base = stack.enter_context(web_server(url))
        for script in operations.GROWTH:
            cells.append(Cell(f"{script} @8, {size}", partial(bench.sql, script, 8, database)))
        cells.append(
            Cell(f"bank.batch of 10000 @1, {size}", partial(bench.python, batch, 1, database))
        )
        for name, path in operations.PAGES.items():
            cells.append(Cell(f"page: {name}, {size}", partial(wrk, base, path, 1, SECONDS)))
        verification = partial(outside.verify_outside, Target(bench.server, database))
        cells.append(Cell(f"verify --outside, legs, {size}", verification))
    return cells


def measure(cells: list[Cell]) -> dict[str, dict[str, float]]:
    """Every cell in every round, the medians by name."""
    chosen = [cell for cell in cells if ONLY in cell.name]
    found: dict[str, list[Sample]] = {cell.name: [] for cell in chosen}
    bar = tqdm(total=ROUNDS * len(chosen), unit="run", disable=None)
    with bar:
        for number, cell in itertools.product(range(ROUNDS), chosen):
            if bar.disable and cell is chosen[0]:
                print(f"Round {number + 1} of {ROUNDS} ...", flush=True)
            bar.set_description(f"Round {number + 1} of {ROUNDS}: {cell.name}")
            found[cell.name].append(cell.run())
            bar.update()
    return {
        name: {
            field: round(statistics.median(values), 3)
            for field in ("rate", "cpu_us", "p50_ms", "p99_ms")
            if (values := [v for s in samples if (v := getattr(s, field)) is not None])
        }
        for name, samples in found.items()
    }


def main(arguments: list[str]) -> None:
    """The command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave no server behind
    part = "growth" if arguments == ["growth"] else "speed"
    with contextlib.ExitStack() as stack:
        print("Starting a PostgreSQL of its own ...", flush=True)
        server = stack.enter_context(temporary_server(preferred_bin_dir(), **SETTINGS))
        bench = Bench(server, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        cells = growth(bench, stack) if part == "growth" else speed(bench, stack)
        results = report.about(server, SETTINGS, ROUNDS, SECONDS)
        results["cells"] = measure(cells)
        if part == "growth":
            results["bytes"] = report.sizes(server, SIZES)
    if part == "speed":
        report.add_counted(results["cells"], counting.count(server.bin_dir, ONLY))
    results["ratios"] = report.ratios(results["cells"])
    print(report.text(results))
    if not ONLY:
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept[part] = results
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
        RESULTS.with_suffix(".svg").write_text(chart.draw(kept))
        print(f"Kept in {RESULTS.relative_to(PROJECT)}, drawn beside it.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except (BenchError, PostgresError, psycopg.Error) as problem:
        sys.exit(str(problem))
