"""The reference pages say what the contract says; `make contract` writes them anew."""

from dev import PROJECT
from dev.examples import README
from dev.reference import http_api, sql_api, with_function_table


def test_sql_api():
    assert (PROJECT / "docs" / "sql-api.md").read_text() == sql_api()


def test_http_api():
    assert (PROJECT / "docs" / "http-api.md").read_text() == http_api()


def test_function_table():
    assert README.read_text() == with_function_table(README.read_text())


def test_whoever_reads_of_calls_reads_of_twins():
    """PostgreSQL's own error does not lead there."""
    for told in sql_api().partition("\n## ")[0], README.read_text().partition("\n## Functions")[2]:
        assert "_at(" in told
        assert "function does not exist" in told
        assert "`_at`" in told
