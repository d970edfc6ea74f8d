"""`pgteller init`, `migrate`, `status` and `doctor`: a ledger in a database of anybody's."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import click

from pgteller import settings
from pgteller.cli import FailedError, agree, visible
from pgteller.cli.kinds import Kind
from pgteller.embedded.database import create_web_role, database
from pgteller.install import is_loaded_in, load, missing_of, refuse_newer, source_texts
from pgteller.install.health import Finding, earnings, examine, promises, state, told
from pgteller.install.ledgers import (
    ledger,
    ledgers,
    missing_roles,
    require_owner,
    require_power,
    roles_script,
)
from pgteller.install.migrations import (
    Connection,
    InstallError,
    connect,
    migrate_to,
    migration_files,
    pending,
    pending_in,
    planned,
    require_trust,
)
from pgteller.install.release import noted
from pgteller.install.script import install_script, upgrade_script
from pgteller.names import Names
from pgteller.urls import given_url

_CASHBACK = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%/([0-9]{1,5})(h|d)")
HOURS = {"h": 1, "d": 24}


class Cashback(Kind):
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


@click.command(short_help="Install a ledger, or bring it to this version.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option(
    "--schema", help="What it is called.  [default: that of the program, PGTELLER_SCHEMA, or bank]"
)
@click.option("--roles", help="How its four roles begin.  [default: as the schema]")
@click.option(
    "--share-roles", is_flag=True, help="The roles may be those of a ledger in another database."
)
@click.option("--print-roles", is_flag=True, help="Print the SQL that makes them, and do nothing.")
@click.option("--dump-sql", is_flag=True, help="Print all of it as one statement, and do nothing.")
@click.option(
    "--cashback",
    type=Cashback(),
    help="What payments earn in every currency, and when.  [default: 2%/24h]",
)
def init(  # noqa: PLR0913, PLR0917
    yes: bool,
    schema: str | None,
    roles: str | None,
    share_roles: bool,
    print_roles: bool,
    dump_sql: bool,
    cashback: tuple[int, int] | None,
) -> None:
    """Install a ledger: its roles, schemas, tables and functions.

    One that is there is brought to this version, as by `migrate`; what is in it stays.
    """
    wanted = Names(schema or settings.names().schema, roles or "")
    wanted.require_fit(source_texts())
    if dump_sql:
        if cashback or share_roles:
            raise click.UsageError("--dump-sql prints it without --cashback and --share-roles.")
        click.echo(install_script(wanted), nl=False)
        return
    with (
        database(quiet=print_roles, make=True) as admin_url,
        connect(admin_url) as connection,
    ):
        if print_roles:
            info = connection.info
            click.echo(roles_script(wanted, info.user, info.dbname), nl=False)
            return
        there = ledger(connection, wanted.schema)
        if there and roles not in (None, there.roles):
            raise InstallError(f"The ledger {there.schema} has the roles {there.roles}_...")
        names = there or wanted
        if there and is_loaded_in(connection, names):
            if cashback:
                raise InstallError(f"{names.schema} is there: {names.program} policy set")
            if given_url() is None:  # which may have come from elsewhere, without its login
                create_web_role(admin_url, names=names)
            click.echo(f"The ledger {names.schema} is up to date: there is nothing to do.")
            return
        require_power(connection, names)
        missing = missing_roles(connection, names)
        if missing and not yes:
            agree(f"This makes, for the whole server, the roles {', '.join(missing)}.")
        is_new = noted(connection, names) is None
        load(admin_url, names, cashback, share_roles=share_roles)
        if given_url() is None:
            create_web_role(admin_url, names=names)
        if is_new:
            click.echo(f"The ledger {names.schema} is there.")
            click.echo(f"Whoever posts: GRANT {names.role('teller')} (or _operator) TO a login.")
            found = promises(connection, names)
            earn = f"Payments earn {', or '.join(map(earnings, found))} in every currency"
            if cashback and found != [cashback]:
                raise FailedError(f"{earn}, by an earlier try: {names.program} policy set.")
            click.echo(f"{earn}.")


@click.command(short_help="Bring a ledger to this version.")
@click.option("--dry-run", is_flag=True, help="Say what there is to do, and do nothing.")
@click.option("--all", "of_all", is_flag=True, help="Every ledger of the database.")
@click.option("--dump-sql", is_flag=True, help="Print it as one statement, and do nothing.")
@click.option(
    "--to",
    "last",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Only the migrations up to this one, and no functions.",
)
def migrate(dry_run: bool, of_all: bool, dump_sql: bool, last: int | None) -> None:
    """Apply the migrations that are pending, and remake every function.

    There is no way down: take a backup before.
    """
    with database(quiet=dump_sql) as admin_url, connect(admin_url) as connection:
        if dump_sql:
            names = _owned(connection)
            refuse_newer(connection, names)
            applied = len(migration_files()) - len(pending_in(connection, names))
            click.echo(upgrade_script(f"{applied:03}", applied, names), nl=False)
            return
        found, wrong = ledgers(connection) if of_all else ([_owned(connection)], [])
        for names in found:
            said = f"{names.schema}: " if of_all else ""
            if dry_run:
                todo = planned(pending(admin_url, names=names), last)
                missing = missing_of(connection, names)
                if missing and last is None:
                    todo.append(f"The functions, which are {missing.partition(': ')[0]}")
                for line in todo or ["Nothing is pending."]:
                    click.echo(f"{said}{line}")
                continue
            if of_all:
                click.echo(f"{names.schema}:")
            if last is None:
                load(admin_url, names)
                continue
            refuse_newer(connection, names)
            if not migrate_to(admin_url, last, names=names):
                click.echo("Nothing is pending.")
        for problem in wrong:
            click.echo(visible(f"Passed over, {problem}"), err=True)


@click.command(short_help="Versions, what is pending, what waits for a worker.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: see docs/operations.md.")
def status(as_json: bool) -> None:
    """Say which versions there are, what is pending, and whether the worker keeps up.

    Operators and auditors may ask. It counts accounts; monitoring asks GET /metrics instead. The
    exit status is 0 whatever it tells: `doctor` and `verify` are those that judge.
    """
    with database(quiet=True) as admin_url, connect(admin_url) as connection:
        names = _there(connection)
        missing = missing_of(connection, names)
        if missing.startswith("not there"):
            raise InstallError(f"The functions of the ledger {names.schema} are {missing}")
        found = state(connection, names, missing)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    lines = told(found)
    width = max(map(len, lines))
    for name, value in lines.items():
        click.echo(f"{name:<{width}}  {visible(str(value))}")


@click.command(short_help="What a database should have otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: state, what and cure of each.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Look for what a database should have otherwise, with the SQL that changes it.

    Operators and auditors may ask. The exit status is 1 where something is wrong; what is merely
    advised leaves it at 0.
    """
    with database(quiet=True) as admin_url, connect(admin_url) as connection:
        names = _there(connection)
        findings = examine(connection, names, missing_of(connection, names))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    for finding in () if as_json else findings:
        click.echo(f"{finding.state:<6} {finding.what}")
        if finding.cure:
            click.echo(f"       {finding.cure}")
    context.exit(1 if any(finding.state == Finding.WRONG for finding in findings) else 0)


def _there(connection: Connection) -> Names:
    """The ledger that is meant."""
    meant = settings.names()
    names = ledger(connection, meant.schema)
    if names is None:
        raise InstallError(
            f"There is no ledger {meant.schema} in this database: {meant.program} init."
        )
    require_trust(connection, names)
    return names


def _owned(connection: Connection) -> Names:
    """The same, to be looked into as its owner."""
    names = _there(connection)
    require_owner(connection, names)
    return names
