"""Commands for people and schedulers: `flask --app web.wsgi verify`."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import click
import psycopg
from flask import Flask, current_app
from flask.cli import with_appcontext
from tqdm import tqdm

from web import db, import_lines, importing
from web.outside import digests as kept_digests
from web.outside.run import verify as verify_by_reading
from web.outside.session import OutsideError
from web.pool import Pool, UnavailableError
from web.shapes import MOST


class NotVerifiedError(click.ClickException):
    """Nothing is said of whether the books are intact."""

    exit_code = 2


class StoppedError(click.ClickException):
    """The database is away, or does not let this login post so."""

    exit_code = 2


def install(app: Flask) -> None:
    """Add them to the `flask` program."""
    app.cli.add_command(import_file)
    app.cli.add_command(verify)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--name",
    help="Of this import: no line is posted twice under one. A corrected file needs the name that "
    "it had, another file another one.  [default: that of FILE, without its ending]",
)
@click.option(
    "--connections", type=click.IntRange(1, 64), default=4, show_default=True, help="At once."
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, MOST),
    default=2000,
    show_default=True,
    help="Lines per batch.",
)
@click.pass_context
@with_appcontext
def import_file(
    context: click.Context, file: Path, name: str | None, connections: int, batch_size: int
) -> None:
    """Post the operations in FILE, one JSON object per line as in POST /batches.

    Safe to repeat, whatever stopped it, and after the file was corrected: no line is posted twice
    under one name. What counts is what a line says, not where it stands or how it is written; lines
    that say the same are told apart by counting them.

    What is refused goes to FILE.refused.ndjson, with line number, code and item, and is tried again
    by a repeat. Correct it in FILE, or there, and import that one. The exit status is 1 if there is
    any.
    """
    db.require_sound(current_app)
    try:
        name = import_lines.name_of(file, name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--name'") from error
    refusals = file.with_name(f"{file.stem}.refused.ndjson")
    pool = Pool(current_app.extensions["pool"].url, size=connections, patience=60)
    counts = importing.Counts()
    lines = import_lines.count_lines(file)
    with tqdm(total=lines, desc=file.name, unit=" lines", unit_scale=True, disable=None) as bar:
        loader = importing.Loader(pool, name, connections, batch_size)
        try:
            for part in loader.load(file, refusals):
                counts += part
                bar.update(part.all)
        except import_lines.OriginalMissingError as error:
            raise click.ClickException(str(error)) from error
        except OSError as problem:
            raise StoppedError(f"{problem.filename or refusals}: {problem.strerror}.") from problem
        except (psycopg.Error, UnavailableError) as problem:
            raise StoppedError(f"It stopped, and may be repeated: {problem}") from problem
    pool.close()
    click.echo(f"{counts.posted} posted, {counts.replayed} posted before, {counts.refused} refused")
    if counts.replayed:
        click.echo(
            f"Posted before means: by an import named {name}. If this is another file, and not the "
            "same one again or corrected, give it another --name.",
            err=True,
        )
    if counts.refused:
        click.echo(f"Refused lines: {refusals}")
        context.exit(1)


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
@with_appcontext
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
    pool: Pool = current_app.extensions["pool"]
    pool.check = None  # whatever is wrong, it is for us to say
    bar = tqdm(desc="Verifying", unit=" legs", unit_scale=True, leave=False, disable=None)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        if outside:
            verification = verify_outside(pool.url, digests, processes, report)
        else:
            verification = verify_inside(report)
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
        click.echo("The books are NOT intact.")
        context.exit(1)
    click.echo("The books are intact.")


def verify_inside(report: Callable[[int, int], None]) -> dict[str, Any]:
    """What the database says of itself; where it cannot be asked the exit status is 2."""
    try:
        found: dict[str, Any] = json.loads(db.watched_verification(report))
    except (psycopg.Error, UnavailableError) as problem:
        raise NotVerifiedError(f"It could not be verified: {problem}") from problem
    return found


def verify_outside(
    url: str,
    digests: tuple[Path, ...],
    processes: int | None,
    report: Callable[[int, int], None],
) -> dict[str, Any]:
    """What reading comes to; where it cannot be read the exit status is 2, for nothing is said."""
    try:
        kept = [kept_digests.read(path) for path in digests]
        return verify_by_reading(url, kept, processes, report).as_json()
    except (OutsideError, psycopg.Error, BrokenExecutor) as problem:
        raise NotVerifiedError(f"It could not be verified: {problem}") from problem
