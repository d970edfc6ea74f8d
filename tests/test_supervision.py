"""What `make run` keeps running: noticed when it dies, started again, and not looked at before."""

import os
import select
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pgteller.embedded import supervision
from pgteller.embedded.programs import PostgresError
from pgteller.embedded.supervision import Program, Service, keep_running


class Frail(Service):
    """Cannot be started, or dies as often as it is told to."""

    def __init__(self, clock, lives=()):
        super().__init__("It")
        self.clock = clock
        self.lives = list(lives)  # in seconds
        self.starts = []

    def start(self):
        self.starts.append(self.clock.now)
        if not self.lives:
            raise PostgresError("no disk")
        self.clock.now += self.lives.pop(0)
        return os.getpid()

    def clear_away(self):
        return "has ended"


@pytest.fixture
def clock(monkeypatch):
    """Time that goes by only where somebody waits, until a hundred seconds are over."""
    clock = SimpleNamespace(now=1000.0, waits=[])

    def wait(read, write, other, patience):
        clock.waits.append(patience)
        if patience:
            clock.now += patience
        ended = list(read[1:])
        return (ended if clock.now < 1100 else read[:1]), [], []

    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(supervision, "select", SimpleNamespace(select=wait))
    return clock


def test_what_cannot_be_started_is_tried_less_and_less(clock, capsys):
    frail = Frail(clock)
    keep_running([frail], stop=0)
    assert [start - 1000 for start in frail.starts] == [0, 1, 3, 7, 15, 31, 61, 91]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "It cannot be started: no disk. It is started again in 1 s."
    assert said[-1].endswith("in 30 s.")


def test_what_has_run_for_long_is_started_at_once(clock, capsys):
    frail = Frail(clock, lives=[3, 61])
    keep_running([frail], stop=0)
    assert [start - 1000 for start in frail.starts][:3] == [0, 3 + 1, 4 + 61]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "It has ended. It is started again in 1 s.",
        "It has ended. It is started again now.",
    ]


def test_nothing_is_done_while_all_is_well(monkeypatch):
    """One wait without end, until one of them ends or we are told to stop."""
    waits = []
    told, tell = os.pipe()

    def wait(read, write, other, patience):
        waits.append((read[0], len(read), patience))
        os.write(tell, b".")
        return select.select(read, write, other, patience)

    def run():
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    programs = [Program("One", run), Program("Another", run)]
    monkeypatch.setattr(supervision, "select", SimpleNamespace(select=wait))
    try:
        keep_running(programs, told)
        assert waits == [(told, 3, None)]
    finally:
        for program in programs:
            program.process.kill()
            program.process.communicate()


def test_a_program_that_is_killed_leaves_no_children(capsys):
    """They would hold the port, and the database's connections."""
    told, tell = os.pipe()
    script = "import os, time; pid = os.fork(); pid and print(pid, flush=True); time.sleep(600)"

    class Once(Program):
        def clear_away(self):
            os.write(tell, b".")
            return super().clear_away()

    program = Once(
        "It",
        lambda: subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, process_group=0
        ),
    )
    program.begin()
    child = int(program.process.stdout.readline())
    handle = os.pidfd_open(child)
    os.kill(program.process.pid, signal.SIGKILL)
    keep_running([program], told)
    assert select.select([handle], [], [], 20)[0] == [handle]
    assert capsys.readouterr().out.startswith(
        "It was killed by SIGKILL. It is started again in 1 s"
    )
