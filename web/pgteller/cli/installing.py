"""`pgteller init`, `migrate`, `status` and `doctor`: a ledger in a database of anybody's."""

from __future__ import annotations

import re

import click

from pgteller import __version__, settings
from pgteller.cli import FailedError
from pgteller.embedded.database import database, web_url
from pgteller.install import is_loaded, load, source_texts
from pgteller.install.health import Finding, examine, state
from pgteller.install.ledgers import (
    ledger,
    ledgers,
    missing_roles,
    require_power,
    roles_script,
)
from pgteller.install.migrations import (
    InstallError,
    connect,
    migration_files,
    pending,
    pending_in,
)
from pgteller.install.script import install_script, upgrade_script
from pgteller.names import Names

_CASHBACK = re.compile(r"(\d+(?:\.\d{1,2})?)%/(\d+)(h|d)")
HOURS = {"h": 1, "d": 24}


class Cashback(click.ParamType[tuple[int, int]]):
    """Such as 2%/24h: what a payment earns, and when."""

    name = "RATE%/DELAY|off"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[int, int]:
        """The rate in basis points, and the delay in milliseconds."""
        if value == "off":
            return 0, 0
        said = _CASHBACK.fullmatch(str(value))
        if said is None or float(said[1]) > 100:
            self.fail(f"{value!r} is none: such as 2%/24h, 0.5%/30d, or off.", param, context)
        return round(float(said[1]) * 100), int(said[2]) * HOURS[said[3]] * 3_600_000


@click.command()
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--schema", help="What it is called.  [default: bank]")
@click.option("--roles", help="How its four roles begin.  [default: as the schema]")
@click.option("--print-roles", is_flag=True, help="Print the SQL that makes them, and do nothing.")
@click.option("--print-sql", is_flag=True, help="Print all of it as one statement, and do nothing.")
@click.option(
    "--cashback",
    type=Cashback(),
    help="What payments earn in every currency, and when.  [default: 2%/24h]",
)
def init(  # noqa: PLR0913, PLR0917
    yes: bool,
    schema: str | None,
    roles: str | None,
    print_roles: bool,
    print_sql: bool,
    cashback: tuple[int, int] | None,
) -> None:
    """Install a ledger: its roles, schemas, tables and functions. Again: nothing to do."""
    schema = schema or settings.names().schema
    if print_sql:
        names = Names(schema, roles or "")
        names.require_fit(source_texts())
        click.echo(install_script(names), nl=False)
        return
    with database(quiet=print_roles) as admin_url:
        there = ledger(admin_url, schema)
        names = there or Names(schema, roles or "")
        if there and roles not in (None, there.roles):
            raise InstallError(f"The ledger {schema} is there, with the roles {there.roles}_...")
        names.require_fit(source_texts())
        with connect(admin_url) as connection:
            if print_roles:
                info = connection.info
                click.echo(roles_script(names, info.user, info.dbname), nl=False)
                return
            if there and is_loaded(admin_url, names):
                click.echo(f"The ledger {schema} is up to date: there is nothing to do.")
                return
            require_power(connection, names)
            missing = missing_roles(connection, names)
        if missing and not yes:
            click.echo(f"This makes, for the whole server, the roles {', '.join(missing)}.")
            if not _agreed("Go on?"):
                raise FailedError("Nothing was done.")
        load(admin_url, names, None if there else cashback)
        web_url(admin_url, names)
        if not there:
            rate, delay = cashback or (200, 86_400_000)
            earns = f"{rate / 100:g} % after {delay / 3_600_000:g} h" if rate else "nothing"
            click.echo(f"The ledger {schema} is there. Payments earn {earns} in every currency.")
            click.echo(f"Whoever posts: GRANT {names.role('teller')} (or _operator) TO a login.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Say which migrations are pending, and do nothing.")
@click.option("--all", "of_all", is_flag=True, help="Every ledger of the database.")
@click.option("--print-sql", is_flag=True, help="Print it as one statement, and do nothing.")
def migrate(dry_run: bool, of_all: bool, print_sql: bool) -> None:
    """Apply the migrations that are pending, and remake every function."""
    schema = settings.names().schema
    with database(quiet=print_sql) as admin_url:
        if print_sql:
            names = _there(admin_url)
            with connect(admin_url) as connection:
                last = len(migration_files()) - len(pending_in(connection, names))
            click.echo(upgrade_script(f"{last:03}", last, names), nl=False)
            return
        if of_all:
            with connect(admin_url) as connection:
                found = ledgers(connection)
        else:
            found = [ledger(admin_url, schema) or Names(schema)]
        for names in found:
            said = f"{names.schema}: " if of_all else ""
            if dry_run:
                todo = [str(migration) for migration in pending(admin_url, names=names)]
                for name in todo or ["Nothing is pending."]:
                    click.echo(f"{said}{name}")
                continue
            if of_all:
                click.echo(f"{names.schema}:")
            load(admin_url, names)
            web_url(admin_url, names)


@click.command()
def status() -> None:
    """Say which versions there are, what is pending, and whether the worker keeps up."""
    with database(quiet=True) as admin_url:
        names = _there(admin_url)
        with connect(admin_url) as connection:
            told = state(connection, names, is_loaded(admin_url, names))
    width = max(map(len, told))
    click.echo(f"{'pgteller':<{width}}  {__version__}")
    for name, value in told.items():
        click.echo(f"{name:<{width}}  {value}")


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Look for what a database should have otherwise, with the SQL that changes it.

    The exit status is 1 where something is wrong; what is merely advised changes nothing.
    """
    with database(quiet=True) as admin_url:
        names = _there(admin_url)
        with connect(admin_url) as connection:
            findings = examine(connection, names, is_loaded(admin_url, names))
    for finding in findings:
        click.echo(f"{finding.state:<6} {finding.what}")
        if finding.cure:
            click.echo(f"       {finding.cure}")
    context.exit(1 if any(finding.state == Finding.WRONG for finding in findings) else 0)


def _agreed(question: str) -> bool:
    """Whether somebody says yes; nobody is no."""
    try:
        return click.confirm(question)
    except click.Abort:
        return False


def _there(admin_url: str) -> Names:
    schema = settings.names().schema
    names = ledger(admin_url, schema)
    if names is None:
        raise InstallError(f"There is no ledger {schema} in this database: pgteller init.")
    return names
