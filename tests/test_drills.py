"""The procedures of docs/operations.md in short; `make torture` carries them out for longer."""

import pytest

from tests.drills.dump import dump
from tests.drills.failover import failover
from tests.drills.point_in_time import point_in_time
from tests.drills.rolling import rolling


def test_a_dump_under_load_is_restored():
    done = dump()
    assert done.lost > 0, "nothing was written after the dump, so nothing was tested"


def test_a_moment_is_recovered():
    done = point_in_time()
    assert done.before > 0
    assert done.after > 0


@pytest.mark.timeout(300)
def test_a_standby_takes_over_from_a_primary_that_is_killed():
    done = failover()
    assert done.load.unknown > 0, "nobody was interrupted, so nothing was tested"


@pytest.mark.timeout(300)
def test_and_from_one_that_stands_still():
    """Nobody waits for it longer than a request may take, and five seconds."""
    done = failover(freeze=True)
    assert done.load.unknown > 0
    assert max(done.gaps) < 30


@pytest.mark.timeout(300)
def test_web_servers_are_restarted_in_turn():
    done = rolling(rounds=1)
    assert done.restarts == 2
    assert done.passed > 0, "nobody came while one was down, so nothing was tested"
