"""The documents' commands print what stands there; `make examples` writes it anew."""

import pytest

from dev.examples import (
    INSTALL,
    README,
    commands_of,
    empty_database,
    masked,
    run_command,
    running_bank,
)
from dev.testbed import scratch_database

# The programs are the same on every server; what they do there is tested elsewhere.
pytestmark = pytest.mark.first_server


def compare(document, variables):
    commands = commands_of(document)
    assert len(commands) > 5
    for command, printed in commands:
        assert masked(run_command(command, variables)) == masked(printed), command


def test_quick_start(server):
    with scratch_database(server) as url, running_bank(url) as variables:
        compare(README, variables)


def test_installing(server):
    with empty_database(server) as variables:
        compare(INSTALL, variables)
