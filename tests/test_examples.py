"""Every examples/*.sql prints what is committed beside it; `make examples` writes it anew."""

import re

import pytest

from dev import PROJECT
from dev.examples import EXAMPLES, README, masked, run_example

SCRIPTS = sorted(EXAMPLES.glob("*.sql"))


def test_there_are_examples():
    assert SCRIPTS
    assert {script.name + ".out" for script in SCRIPTS} == {
        output.name for output in EXAMPLES.glob("*.sql.out")
    }


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_output(script, new_ledger):
    expected = script.with_suffix(".sql.out").read_text()
    with new_ledger() as url:
        assert masked(run_example(script, url)) == masked(expected)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_only_refusals_are_shown(script):
    """A refusal is part of the story; an error, or a time that no name says, is not."""
    errors = re.findall("ERROR:  (.*)", script.with_suffix(".sql.out").read_text())
    assert [error for error in errors if not re.fullmatch("[a-z]+(_[a-z]+)+", error)] == []
    assert "timestamp_in_past" not in errors


def test_functions_are_only_shown_in_from():
    """(bank.deposit(...)).* would call it for each column; the warnings of it are let be."""
    sql = PROJECT / "sql"
    shown = [README, *(PROJECT / "docs").glob("*.md"), *EXAMPLES.glob("*.sql")]
    shown += [sql / "schema.sql", *(sql / "functions").rglob("*.sql")]
    for path in shown:
        text = path.read_text().replace("(bank.deposit(...)).*", "")
        assert not re.search(r"SELECT\s+\(?\s*bank\.|\(bank\.\w+\([^()]*\)\)\.", text), path
