"""A dump that is taken under load, and restored on another server."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pgteller.embedded.database import create_database
from pgteller.embedded.server import DATABASE, Server
from pgteller.urls import environment
from tests.drills import machines, writers


@dataclass
class Dump:
    """What became of it."""

    acknowledged: int
    lost: int  # of them, what was acknowledged after the dump had begun
    dumping: float
    restoring: float

    def __str__(self) -> str:
        return (
            f"acknowledged before the dump began: all there; since then lost: {self.lost}\n"
            f"dumped in {self.dumping:.1f} s, restored in {self.restoring:.1f} s"
        )


def dump(operations: int = 60) -> Dump:
    """Dump while writers write, restore elsewhere; all from before the dump is there."""
    with machines.primary() as server, tempfile.TemporaryDirectory() as folder:
        file, roles = f"{folder}/bank.dump", f"{folder}/roles.sql"
        with writers.writing(server.url()) as load:
            load.go_on(operations)
            sealed = writers.digest(server.url())
            load.go_on(operations)
            begun = time.monotonic()
            program(server, "pg_dump", "-Fc", "-f", file)
            dumping = time.monotonic() - begun
            program(
                server, "pg_dumpall", "--roles-only", "--no-role-passwords", "-f", roles
            )  # fmt: skip
            load.go_on(operations)
        there, restoring = restore(file, roles, sealed)
        known = {(one.key, one.transaction_id) for one in load.done}
        assert there <= known
        before = {(one.key, one.transaction_id) for one in load.done if one.acknowledged < begun}
        assert before <= there
        return Dump(len(known), len(known - there), dumping, restoring)


def restore(file: str, roles: str, sealed: str) -> tuple[set[tuple[str, int]], float]:
    """On a new server: what of the writers' is there, and how long it took until it was checked."""
    with machines.machine(machines.preferred_bin_dir()) as server:
        server.start()
        begun = time.monotonic()
        url = create_database(server.url("postgres"), DATABASE)
        with psycopg.connect(url, autocommit=True) as db:
            for line in Path(roles).read_text().splitlines():
                # The superuser is there already.
                if line.startswith(("CREATE", "ALTER", "GRANT")) and " postgres" not in line[:23]:
                    db.execute(line.encode())
        program(server, "pg_restore", "-d", DATABASE, file)
        there = writers.written(url)
        writers.check(url, sealed)
        return there, time.monotonic() - begun


def program(server: Server, *command: str) -> None:
    """One of PostgreSQL's programs on its ledger."""
    variables = environment(server.url(), server.bin_dir)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
