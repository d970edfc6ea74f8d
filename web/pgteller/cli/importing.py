"""`pgteller import`: a file of operations, posted through batches."""

from __future__ import annotations

from pathlib import Path

import click
import psycopg
from tqdm import tqdm

from pgteller import imports
from pgteller.cli import FailedError
from pgteller.cli.session import shell
from pgteller.imports import lines as lines_of
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import db
from pgteller.shell.shapes import MOST


@click.command("import", short_help="Post the operations in a file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--name",
    help="Of this import: no line is posted twice under one. A corrected file needs the name that "
    "it had, another file another one.  [default: that of FILE, without its ending]",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="How many work at once.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, MOST),
    default=2000,
    show_default=True,
    help="Lines per batch.",
)
@click.pass_context
def import_file(
    context: click.Context, file: Path, name: str | None, connections: int, batch_size: int
) -> None:
    """Post the operations in FILE, one JSON object per line as in POST /batches.

    Safe to repeat, whatever stopped it, and after the file was corrected: no line is posted twice
    under one name. What counts is what a line says, not where it stands or how it is written; lines
    that say the same are told apart by counting them.

    What is refused goes to a file beside it, may.refused.ndjson for may.ndjson, with line number,
    code and item, and is tried again by a repeat. Correct it in FILE, or there, and import that
    one. The exit status is 1 if there is any.
    """
    try:
        name = lines_of.name_of(file, name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--name'") from error
    refusals = file.with_name(f"{file.stem}.refused.ndjson")
    counts = imports.Counts()
    with shell() as app:
        db.require_fit(app)
        one: Pool = app.extensions["pool"]
    pool = Pool(one.url, size=connections, patience=60, names=one.names)
    lines = lines_of.count_lines(file)
    with tqdm(total=lines, desc=file.name, unit=" lines", unit_scale=True, disable=None) as bar:
        loader = imports.Loader(pool, name, connections, batch_size)
        try:
            for part in loader.load(file, refusals):
                counts += part
                bar.update(part.all)
        except lines_of.OriginalMissingError as error:
            raise FailedError(str(error)) from error
        except OSError as problem:
            raise FailedError(f"{problem.filename or refusals}: {problem.strerror}.") from problem
        except (psycopg.Error, UnavailableError) as problem:
            raise FailedError(f"It stopped, and may be repeated: {problem}") from problem
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
