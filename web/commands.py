"""Commands for people and schedulers: `flask --app web.wsgi verify`."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask.cli import with_appcontext
from tqdm import tqdm

from web import db


def install(app: Flask) -> None:
    """Add them to the `flask` program."""
    app.cli.add_command(verify)


@click.command()
@click.pass_context
@with_appcontext
def verify(context: click.Context) -> None:
    """Check the whole ledger; the exit status is 1 where anything is wrong."""
    bar = tqdm(desc="Verifying", unit=" legs", unit_scale=True, leave=False, disable=None)

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    with bar:
        verification = json.loads(db.watched_verification(report))
    for check in verification["checks"]:
        click.echo(f"{'ok   ' if check['ok'] else 'WRONG'} {check['check']}")
        if not check["ok"]:
            click.echo(f"      {check['violations']} violations, among them")
            for violation in check["sample"]:
                click.echo(f"      {json.dumps(violation, ensure_ascii=False)}")
    if not verification["ok"]:
        click.echo("The books are NOT intact.")
        context.exit(1)
    click.echo("The books are intact.")
