"""How `pgteller serve` stops: it says so first, answers meanwhile, and is gone then."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pgteller.serving import Address, granian
from tests.drills import machines
from tests.drills.rolling import Serving

pytestmark = [pytest.mark.first_server, pytest.mark.direct]


LOADS = """
import os, signal
{before}
from pgteller.shell import loading
loading.heed_signals()
open({told!r}, "w").close()
while True:
    signal.pause()
"""


@pytest.fixture
def serving(login_url, monkeypatch):
    """Started with some seconds to drain."""
    started = []

    def serving(seconds):
        monkeypatch.setenv("DRAIN_SECONDS", seconds)
        started.append(Serving(login_url))
        return started[-1]

    yield serving
    for one in started:
        one.kill()


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.will_close, json.loads(response.read())
    finally:
        connection.close()


def test_it_says_so_and_answers_on(serving):
    one = serving("600")
    assert ask(one.port, "/health/ready")[:2] == (200, False)
    one.process.send_signal(signal.SIGTERM)
    machines.wait_for(lambda: not one.is_ready(), "it is ready for ever")
    for _ in range(20):  # by both of its processes
        status, closes, problem = ask(one.port, "/health/ready")
        if status == 503:
            assert (closes, problem["code"]) == (True, "stopping")
    machines.wait_for(lambda: ask(one.port, "/accounts")[1], "it keeps connections")
    assert ask(one.port, "/livez")[0] == 200
    one.process.send_signal(signal.SIGTERM)  # again: at once
    assert one.process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    ("seconds", "number"), [("0", signal.SIGTERM), ("0.2", signal.SIGTERM), ("600", signal.SIGINT)]
)
def test_it_ends(serving, seconds, number):
    one = serving(seconds)
    below = [*machines.children(one.process.pid)]
    assert len(below) >= 3
    one.process.send_signal(number)
    assert one.process.wait(timeout=60) == 0
    for pid in below:
        machines.wait_for(lambda pid=pid: not Path(f"/proc/{pid}").exists(), "one is left")


def test_none_is_left_of_one_that_is_killed(serving):
    one = serving("1")
    below = [*machines.children(one.process.pid)]
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()
    for pid in below:
        machines.wait_for(lambda pid=pid: not Path(f"/proc/{pid}").exists(), "one is left")


@pytest.mark.parametrize("before", ["", "os.kill(os.getpid(), signal.SIGTERM)"], ids=["", "told"])
def test_it_ends_while_it_loads(tmp_path, before):
    """By itself: nothing here is killed for not ending."""
    told = tmp_path / "told"
    (tmp_path / "slow.py").write_text(LOADS.format(before=before, told=str(told)))
    *command, _ = granian(Address("127.0.0.1", 0), workers=1)
    at = command.index("--workers-kill-timeout")
    del command[at : at + 2], command[command.index("--respawn-failed-workers")]
    path = os.pathsep.join((str(tmp_path), *sys.path))
    variables = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, *command, "slow:front"]
    with subprocess.Popen(command, env=variables, process_group=0) as process:
        try:
            if not before:
                machines.wait_for(told.exists, "it loads nothing")
                process.terminate()
            process.wait(timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert told.exists() is not bool(before)
