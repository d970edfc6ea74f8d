"""`pgteller run`, `serve` and `worker`: what goes on until it is told to stop."""

from __future__ import annotations

import math
import os
from pathlib import Path

import click

from pgteller import serving, settings, stopping
from pgteller.embedded.run import run as run_everything
from pgteller.serving import Address
from pgteller.shell import create_app, db
from pgteller.worker import Worker
from pgteller.worker.timetable import Plan


@click.command()
@click.option("--reload", is_flag=True, help="Start again whenever a file changes.")
def run(reload: bool) -> None:
    """Run everything: the database, the web server, a worker.

    Without a database of yours that is the embedded PostgreSQL, under .pg/ here. HOST and PORT say
    where it listens.
    """
    run_everything(Address.given(), reload)


@click.command()
def serve() -> None:
    """Run the web server alone. HOST and PORT say where it listens.

    It logs each request; LOG_LEVEL=WARNING has it silent.
    """
    os.environ["LOG_LEVEL"] = settings.given("LOG_LEVEL") or "INFO"
    address = Address.given()
    serving.require_settings(address)
    db.require_fit(create_app())
    serving.require_free(address)
    raise SystemExit(stopping.run(serving.granian(address), settings.decimal("DRAIN_SECONDS")))


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.01, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between looks.",
)
@click.option(
    "--digest-dir",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    envvar="DIGEST_DIR",
    help="Where to keep digests, one every DIGEST_EVERY (1h).  [default: DIGEST_DIR, else none]",
)
def worker(once: bool, interval: float, digest_dir: Path | None) -> None:
    """Do what falls due, and send webhooks.

    Without --once also verify the ledger every VERIFY_EVERY (24h; 0: never).
    """
    if math.isnan(interval):  # which is outside of no range
        raise click.BadParameter("nan is not a number of seconds.", param_hint="'--interval'")
    app = create_app()
    db.require_fit(app)
    plan = Plan(
        0 if once else settings.duration("VERIFY_EVERY"),
        0 if once else settings.duration("DIGEST_EVERY"),
        digest_dir,
    )
    Worker(app, interval, once, plan).run()
