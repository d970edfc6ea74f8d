"""Every examples/*.sql prints what is committed beside it; `make examples` writes it anew."""

import pytest

from dev.examples import EXAMPLES, masked, run_example

SCRIPTS = sorted(EXAMPLES.glob("*.sql"))


def test_there_are_examples():
    assert SCRIPTS
    assert {script.name + ".out" for script in SCRIPTS} == {
        output.name for output in EXAMPLES.glob("*.sql.out")
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_output(script, server):
    expected = script.with_suffix(".sql.out").read_text()
    assert masked(run_example(script, server)) == masked(expected)
