"""kill -9 in the middle of a load; `make torture` does it for longer."""

import pytest

from tests.crash import crash


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_once(crash_server):
    tally = crash(crash_server, rounds=4)
    assert tally.kills == {"PostgreSQL": 2, "web server": 1, "both": 1}
    assert tally.digests == 4
    assert tally.unknown > 0, "nobody was interrupted, so nothing was tested"
