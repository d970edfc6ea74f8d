"""The README's commands print what the README says; `make examples` writes it anew."""

from dev.examples import masked, readme_commands, run_command, running_bank
from dev.testbed import scratch_database


def test_quick_start(server):
    commands = readme_commands()
    assert len(commands) > 5
    with scratch_database(server) as url, running_bank(url) as variables:
        for command, printed in commands:
            assert masked(run_command(command, variables)) == masked(printed), command
