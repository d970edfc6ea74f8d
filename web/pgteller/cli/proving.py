"""`pgteller verify`: whether the books are intact."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import click
import psycopg
from tqdm import tqdm

from pgteller import proofs
from pgteller.cli import FailedError
from pgteller.cli.session import shell
from pgteller.install import missing_of
from pgteller.install.ledgers import ledger
from pgteller.install.migrations import connect
from pgteller.outside import digests as kept_digests
from pgteller.outside.run import verify as verify_by_reading
from pgteller.outside.session import OutsideError
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import db


@click.command()
@click.option(
    "--outside",
    is_flag=True,
    help="Read the rows and prove them here, by no function of the database: see docs/proof.md.",
)
@click.option(
    "--digest",
    "digests",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --outside: a file with what POST /ledger/digests answered. May be repeated.",
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

    with shell() as app, bar:
        pool: Pool = app.extensions["pool"]
        pool.check = None  # whatever is wrong, it is for us to say
        if outside:
            verification = verify_outside(pool, digests, processes, report)
        else:
            verification = verify_inside(report)
        missing = "" if verification["ok"] else _missing(pool)
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


def verify_inside(report: Callable[[int, int], None]) -> dict[str, Any]:
    """What the database says of itself; where it cannot be asked the exit status is 2."""
    try:
        number = proofs.begin(db.fetch, proofs.VERIFICATION)
        found: dict[str, Any] = json.loads(db.watched_verification(report))
        proofs.finish(db.fetch, number, **proofs.outcome(found))
    except (psycopg.Error, UnavailableError) as problem:
        raise FailedError(f"It could not be verified: {problem}") from problem
    return found


def verify_outside(
    pool: Pool,
    digests: tuple[Path, ...],
    processes: int | None,
    report: Callable[[int, int], None],
) -> dict[str, Any]:
    """What reading comes to; where it cannot be read the exit status is 2, for nothing is said."""
    try:
        kept = [kept_digests.read(path) for path in digests]
        with connect(pool.url) as connection:
            names = ledger(connection, pool.names.schema) or pool.names
        return verify_by_reading(pool.url, kept, processes, report, names).as_json()
    except (OutsideError, psycopg.Error, BrokenExecutor) as problem:
        raise FailedError(f"It could not be verified: {problem}") from problem


def _missing(pool: Pool) -> str:
    """Why the functions may differ from the release without anybody's having changed them."""
    with connect(pool.url) as connection:
        return missing_of(connection, pool.names)
