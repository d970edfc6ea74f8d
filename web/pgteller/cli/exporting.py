"""`pgteller export`: the legs of all transactions, for those who keep books elsewhere."""

from __future__ import annotations

from pathlib import Path

import click
import psycopg

from pgteller.cli import FailedError
from pgteller.cli.files import whole
from pgteller.cli.session import shell
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import db

# No JSON has these two characters as such, so that nothing of it is quoted.
FORMATS = {
    "ndjson": r"SELECT pg_catalog.row_to_json(l) {} FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'",
    "csv": "SELECT * {} FORMAT csv, HEADER",
}
LEGS = "FROM bank.legs AS l ORDER BY l.transaction_id, l.leg, l.account_id"


@click.command("export", short_help="Write every leg to a file.")
@click.option(
    "--as",
    "form",
    type=click.Choice([*FORMATS]),
    default="ndjson",
    show_default=True,
    help="What FILE is.",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="-")
def export_legs(form: str, file: Path) -> None:
    """Write every leg to FILE, or to standard output, in the order of their transactions.

    Both sides of each, as the view bank.legs has them; all of it is of one moment. What is in FILE
    is replaced once all is there. As csv, values are as they are: a spreadsheet may take an account
    called =1+1 for a formula.
    """
    columns, _, options = FORMATS[form].partition(" {} ")
    statement = f"COPY ({columns} {LEGS}) TO STDOUT ({options})"
    with shell() as app:
        db.require_fit(app)
        pool: Pool = app.extensions["pool"]
        try:
            with (
                whole(file) as target,
                pool.connection() as connection,
                connection.cursor() as cursor,
                cursor.copy(pool.names.render(statement).encode()) as legs,
            ):
                for part in legs:
                    target.write(part)
        except (psycopg.Error, UnavailableError) as problem:
            raise FailedError(f"It stopped: {str(problem).strip()}") from problem
