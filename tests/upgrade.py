"""A ledger that is upgraded while money moves, and the account of who had to wait, and for what.

The next version is a copy of this one with two migrations more: one on the tables that every
operation writes to, one that comes after the functions. Writers operate meanwhile, half of them
over HTTP, each operation under a key of its own. Over HTTP none may fail; over connections, what
fails is repeated under its key. In the end each must be there once, the books whole, and the
catalog that of a fresh install.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dev import PROJECT
from pgteller import Client, Direct, __version__
from pgteller.embedded.database import create_database, create_web_role
from pgteller.install import load
from pgteller.install.migrations import migration_files
from tests.conftest import web_server
from tests.test_migrations import described

NEXT = "99.0.0"
MIGRATIONS = {
    "references": """
        ALTER TABLE ledger.accounts ADD COLUMN reference text;
        COMMENT ON COLUMN ledger.accounts.reference IS 'What others call it.';
        ALTER TABLE ledger.ledger_transactions ADD COLUMN reference text;
        COMMENT ON COLUMN ledger.ledger_transactions.reference IS 'What others call it.';
        ALTER TABLE ledger.ledger_transactions ADD CONSTRAINT reference_is_short
            CHECK (length(reference) < 100) NOT VALID;
    """,
    "references_are_unique": """--! post
        -- As writers lock them; one after the other, they and this would wait for each other.
        LOCK TABLE ledger.accounts, ledger.ledger_transactions IN ACCESS EXCLUSIVE MODE;
        CREATE UNIQUE INDEX accounts_of_reference ON ledger.accounts (reference);
        ALTER TABLE ledger.ledger_transactions DROP CONSTRAINT reference_is_short;
    """,
}
WRITERS = 8
MANY = 1009
FILL = f"""
SELECT count(*) FROM bank.batch_at((
    SELECT json_agg(json_build_object(
        'operation', 'transfer', 'source_account_id', concat('many', n),
        'target_account_id', concat('many', (n + 1) % {MANY}), 'amount', 1
    ))
    FROM generate_series(0, 999) AS n
))
"""


@dataclass
class Tally:
    """What happened."""

    legs: int = 0
    calls: int = 0
    failures: Counter[str] = field(default_factory=Counter)  # none of them over HTTP
    upgrade: float = 0
    before: float = 0  # the longest that a call has taken, in seconds
    during: float = 0

    def __str__(self) -> str:
        failed = ", ".join(f"{count} x {what}" for what, count in self.failures.items()) or "none"
        return (
            f"{self.legs} legs, {self.calls} calls of {WRITERS} writers, "
            f"upgraded in {self.upgrade:.1f} s\n"
            f"longest call before {self.before * 1000:.0f} ms, "
            f"meanwhile {self.during * 1000:.0f} ms\n"
            f"calls that failed once, in sessions with plans of before: {failed}\n"
            "each is there once; books, an older digest and the catalog are as they should be"
        )


def next_version(folder: Path) -> Path:
    """A copy of this code, a version on: where Python finds it."""
    for name in "web", "sql":
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for number, (name, script) in enumerate(MIGRATIONS.items(), start=len(migration_files()) + 1):
        file = folder / "sql" / "migrations" / f"{number:03}_{name}.sql"
        file.write_text(script.strip() + "\n")
    about = folder / "web" / "pgteller" / "__init__.py"
    about.write_text(about.read_text().replace(f'"{__version__}"', f'"{NEXT}"'))
    return folder / "web"


def program(package: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `pgteller` of another copy says."""
    variables = {**os.environ, "PYTHONPATH": str(package), "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "pgteller", *arguments],
        cwd=package,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def fill(url: str, legs: int) -> int:
    """Make a ledger with that many legs; tell how many there are."""
    with psycopg.connect(url, autocommit=True) as db:
        for number in range(MANY):
            db.execute("SELECT FROM bank.create_account(%s)", [f"many{number}"])
            db.execute("SELECT FROM bank.deposit(%s, 1000000)", [f"many{number}"])
        made = 2 * MANY
        while made < legs:
            row = db.execute(FILL).fetchone()
            made += 2 * (row[0] if row else 0)
        for writer in range(WRITERS):
            db.execute("SELECT FROM bank.create_account(%s)", [f"writer{writer}"])
            db.execute("SELECT FROM bank.deposit(%s, 1000000000)", [f"writer{writer}"])
    return made + 2 * WRITERS


@dataclass
class Writer:
    """One thread of the load: each of its transfers moves one cent to `many0`."""

    number: int
    bank: Client | Direct
    times: list[tuple[float, float]] = field(default_factory=list)  # when it began, how long
    failures: Counter[str] = field(default_factory=Counter)
    problem: Exception | None = None

    def run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                begun = time.monotonic()
                self.move()
                self.times.append((begun, time.monotonic() - begun))
        except Exception as problem:
            self.problem = problem

    def move(self) -> None:
        key = str(uuid.uuid4())
        for _ in range(100):
            try:
                self.bank.transfer(
                    source_account_id=f"writer{self.number}",
                    target_account_id=f"many{self.number % 2}",
                    amount=1,
                    idempotency_key=key,
                )
            except psycopg.Error as problem:
                self.failures[f"{problem.sqlstate} {str(problem).splitlines()[0]}"] += 1
            else:
                return
        raise AssertionError(f"writer {self.number} gave up: {self.failures}")


@contextlib.contextmanager
def writing(url: str) -> Iterator[list[Writer]]:
    """Eight writers, four of them over HTTP; they operate while the block runs."""
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(web_server(create_web_role(url)))
        writers = [
            Writer(
                number,
                Client(address)
                if number % 2
                else Direct(stack.enter_context(psycopg.connect(url, autocommit=True))),
            )
            for number in range(WRITERS)
        ]
        threads = [threading.Thread(target=writer.run, args=[stop]) for writer in writers]
        for thread in threads:
            thread.start()
        try:
            yield writers
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def wait_for(writers: list[Writer], more: int) -> None:
    """Until each has done so many more."""
    goals = [len(writer.times) + more for writer in writers]
    while any(len(one.times) < goal for one, goal in zip(writers, goals, strict=True)):
        for writer in writers:
            if writer.problem:
                raise writer.problem
        time.sleep(0.01)


def upgrade(server: str, legs: int, folder: Path) -> Tally:
    """Do all of it on a server, as its administrator; a folder of its own has the next version."""
    tally = Tally()
    package = next_version(folder)
    url = create_database(server, "upgraded")
    load(url)
    tally.legs = fill(url, legs)
    with psycopg.connect(url, autocommit=True) as db:
        digest = db.execute("SELECT d::text FROM bank.ledger_digest() AS d").fetchone()
    with writing(url) as writers:
        wait_for(writers, 50)
        begun = time.monotonic()
        done = program(package, url, "migrate")
        ended = time.monotonic()
        assert done.returncode == 0, done.stderr
        wait_for(writers, 50)
    tally.upgrade = ended - begun
    for writer in writers:
        tally.calls += len(writer.times)
        tally.failures += writer.failures
        for at, seconds in writer.times:
            if at + seconds < begun:
                tally.before = max(tally.before, seconds)
            else:
                tally.during = max(tally.during, seconds)
    with psycopg.connect(url, autocommit=True) as db:
        wrong = db.execute("SELECT v.* FROM bank.verify_ledger() AS v WHERE NOT v.ok").fetchall()
        assert wrong == [], wrong
        found = db.execute("SELECT d.ok, d.finding FROM bank.verify_digest(%s) AS d", digest)
        assert found.fetchall() == [(True, None)]
        for writer in writers:
            balance = db.execute(
                "SELECT b.balance FROM bank.get_balance(%s) AS b", [f"writer{writer.number}"]
            ).fetchone()
            assert balance == (1_000_000_000 - len(writer.times),)
    assert catalog(url) == fresh(server, package)
    return tally


def catalog(url: str) -> set[str]:
    """What the catalog has of schema ledger."""
    with psycopg.connect(url) as db:
        return {fact for fact in described(db) if not fact.startswith("row of ")}


def fresh(server: str, package: Path) -> set[str]:
    """The same of a new ledger of the next version."""
    url = create_database(server, "fresh")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("ALTER DATABASE fresh SET pgteller.share_roles = on")
    done = program(package, url, "init", "--yes")
    assert done.returncode == 0, done.stderr
    return catalog(url)
