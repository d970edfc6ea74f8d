"""A base backup and the archived log, restored to a moment in the middle of a load."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pgteller.embedded.programs import hand_over
from pgteller.embedded.server import Server
from tests.drills import machines, writers

# What recovery is told to stop at -> how the moment is taken down.
TARGETS = {
    "recovery_target_time": "SELECT clock_timestamp()::text",
    "recovery_target_lsn": "SELECT pg_current_wal_insert_lsn()::text",
    "recovery_target_name": "SELECT pg_create_restore_point('before_the_mistake')",
}
POINT = "before_the_mistake"


@dataclass
class Recovery:
    """What became of it."""

    target: str
    before: int  # acknowledged before the moment, all of which is there
    after: int  # begun after it, none of which is there
    between: int  # under way at the moment, there or not
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.target}: {self.before} acknowledged before it are there, {self.after} begun "
            f"after it are not, {self.between} were under way; ready and checked after "
            f"{self.seconds:.1f} s"
        )


def point_in_time(target: str = "recovery_target_time", operations: int = 60) -> Recovery:
    """Recover to a moment: all from before it is there, nothing from after it."""
    with contextlib.ExitStack() as opened:
        folder = opened.enter_context(archive())
        copy = f"test ! -f {folder}/%f && cp %p {folder}/%f"
        server = opened.enter_context(machines.primary(archive_mode="on", archive_command=copy))
        restored = opened.enter_context(machines.machine(server.bin_dir))
        with writers.writing(server.url()) as load:
            load.go_on(operations)
            machines.base_backup(server, restored.data_dir)
            load.go_on(operations)
            sealed = writers.digest(server.url())
            load.go_on(operations)
            asked = time.monotonic()
            moment = take_down(server, target)
            told = time.monotonic()
            load.go_on(operations)
            later = writers.digest(server.url())
            archived(server)
        begun = time.monotonic()
        recover(restored, folder, target, moment)
        there = writers.written(restored.url())
        assert_later_is_missed(restored, later)
        writers.check(restored.url(), sealed)
        seconds = time.monotonic() - begun
    before = {one.key for one in load.done if one.acknowledged < asked}
    after = {one.key for one in load.done if one.began > told}
    keys = {key for key, _ in there}
    assert before <= keys
    assert keys & after == set()
    assert there <= {(one.key, one.transaction_id) for one in load.done}
    between = len(load.done) - len(before) - len(after)
    return Recovery(target, len(before), len(after), between, seconds)


@contextlib.contextmanager
def archive() -> Iterator[Path]:
    """A folder that the server's user may write to."""
    folder = Path(tempfile.mkdtemp(prefix="pgteller-archive-"))
    hand_over(folder, machines.server_user(), 0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def take_down(server: Server, target: str) -> str:
    """The moment, as recovery takes it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as db:
        row = db.execute(TARGETS[target].encode()).fetchone()
    assert row is not None
    return POINT if target == "recovery_target_name" else str(row[0])


def archived(server: Server) -> None:
    """Return once all that was written so far is in the archive."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as db:
        row = db.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        query = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        machines.wait_for(
            lambda: db.execute(query, row).fetchone() == (True,), "the log is not archived"
        )


def recover(server: Server, folder: Path, target: str, moment: str) -> None:
    """Start it from its base backup, and wait until it takes writes."""
    stop = {target: moment, "recovery_target_action": "promote"}
    machines.configure(
        server, restore_command=f"cp {folder}/%f %p", archive_mode="off", **stop
    )  # fmt: skip
    machines.mark(server, "recovery.signal")
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as db:
        query = "SELECT pg_is_in_recovery()"
        machines.wait_for(
            lambda: db.execute(query).fetchone() == (False,), "it does not end its recovery"
        )


def assert_later_is_missed(server: Server, later: str) -> None:
    """A digest from after the moment tells that something is lost."""
    with psycopg.connect(server.url(), autocommit=True) as db:
        row = db.execute("SELECT ok FROM bank.verify_digest(%s)", [later]).fetchone()
    assert row == (False,)
