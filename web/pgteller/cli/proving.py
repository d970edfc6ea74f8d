"""`pgteller verify`: whether the books are intact."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import click
import psycopg
from tqdm import tqdm

from pgteller import proofs, settings
from pgteller.cli import FailedError
from pgteller.cli.session import shell
from pgteller.embedded.database import reader
from pgteller.install import missing_of
from pgteller.install.ledgers import ledger
from pgteller.install.migrations import connect
from pgteller.outside import digests as kept_digests
from pgteller.outside.run import verify as verify_by_reading
from pgteller.outside.session import MAY_NOT_READ, OutsideError
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import db


@click.command(short_help="Check that the books are intact.")
@click.option(
    "--outside",
    is_flag=True,
    help="Read the rows and prove them here, by no function of the database, as a login that may "
    "read all tables (docs/operations.md); on the embedded PostgreSQL as its superuser.",
)
@click.option(
    "--digest",
    "digests",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --outside: a file with what `pgteller digest take` or POST /ledger/digests has "
    "answered. May be repeated.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="With --outside: how many share the work. [default: one per processor]",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as GET /ledger/verification does.")
@click.pass_context
def verify(
    context: click.Context,
    outside: bool,
    digests: tuple[Path, ...],
    processes: int | None,
    as_json: bool,
) -> None:
    """Check the whole ledger; the exit status is 1 where anything is wrong.

    It is 2 where nothing can be said, since the database could not be reached or read.
    """
    if not outside and (digests or processes):
        raise click.UsageError("--digest and --processes are for --outside.")
    bar = tqdm(desc="Verifying", unit=" legs", unit_scale=True, leave=False, disable=None)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with contextlib.ExitStack() as stack:
        stack.enter_context(bar)
        if outside:
            url = stack.enter_context(reader())
            verification = verify_outside(url, digests, processes, report)
        else:
            pool: Pool = stack.enter_context(shell()).extensions["pool"]
            pool.check = None  # whatever is wrong, it is for us to say
            url = pool.url
            verification = verify_inside(pool, report)
        missing = "" if verification["ok"] else _missing(url)
    if as_json:
        click.echo(json.dumps(verification, ensure_ascii=False))
        context.exit(0 if verification["ok"] else 1)
    for check in verification["checks"]:
        click.echo(f"{'ok   ' if check['ok'] else 'WRONG'} {check['check']}")
        if not check["ok"]:
            click.echo(f"      {check['violations']} violations, among them")
            for violation in check["sample"]:
                click.echo(f"      {json.dumps(violation, ensure_ascii=False)}")
    for digest in verification.get("digests", ()):
        click.echo(f"{'ok   ' if digest['ok'] else 'WRONG'} digest {digest['digest']}")
        if not digest["ok"]:
            found = {name: digest[name] for name in ("finding", "account_id", "version")}
            click.echo(f"      {json.dumps(found, ensure_ascii=False)}")
    if unknown := verification.get("not_checked"):
        click.echo(f"Not checked, for want of what this version of PostgreSQL prints: {unknown}")
    if not verification["ok"]:
        if missing:
            click.echo(f"The functions are {missing}")
        click.echo("The books are NOT intact.")
        context.exit(1)
    click.echo("The books are intact.")


def verify_inside(pool: Pool, report: proofs.Report) -> dict[str, Any]:
    """What the database says of itself; where it cannot be asked the exit status is 2."""
    try:
        with pool.connection() as connection:
            pool.names = db.require_known(pool.names, connection)
        number = proofs.begin(db.fetch, proofs.VERIFICATION)
        return proofs.Verification(pool, db.caller(), number).run(report)
    except (psycopg.Error, UnavailableError) as problem:
        raise FailedError(f"It could not be verified: {problem}") from problem


def verify_outside(
    url: str,
    digests: tuple[Path, ...],
    processes: int | None,
    report: proofs.Report,
) -> dict[str, Any]:
    """What reading comes to; where it cannot be read the exit status is 2, for nothing is said."""
    try:
        kept = [kept_digests.read(path) for path in digests]
        meant = settings.names()
        with connect(url) as connection:
            names = ledger(connection, meant.schema) or meant
        return verify_by_reading(url, kept, processes, report, names).as_json()
    except psycopg.errors.InsufficientPrivilege as problem:
        raise FailedError(f"It could not be verified: {problem}\n{MAY_NOT_READ}") from problem
    except (OutsideError, psycopg.Error, BrokenExecutor) as problem:
        raise FailedError(f"It could not be verified: {problem}") from problem


def _missing(url: str) -> str:
    """Why the functions may differ from the release without anybody's having changed them."""
    with connect(url) as connection:
        return missing_of(connection, settings.names())
