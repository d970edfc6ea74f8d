"""The program `pgteller`, in this process."""

from click.testing import CliRunner, Result

from pgteller.cli import program


def pgteller(*arguments: str, url: str, **variables: str) -> Result:
    """How it ends on a database, and what it says."""
    own = {"DATABASE_URL": url, "PGTELLER_SCHEMA": ""}
    return CliRunner(env=own | variables).invoke(program, arguments)
