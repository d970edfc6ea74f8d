"""`pgteller run`, `serve` and `worker`: what goes on until it is told to stop."""

from __future__ import annotations

import logging
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgteller import serving, settings, stopping
from pgteller.embedded.run import run as run_everything
from pgteller.serving import Address
from pgteller.shell import create_app, db

if TYPE_CHECKING:
    from pgteller.worker.timetable import Plan

log = logging.getLogger("pgteller.worker")


@click.command(short_help="Run everything: database, web server, worker.")
@click.option("--reload", is_flag=True, help="Start again whenever a file changes.")
def run(reload: bool) -> None:
    """Run everything: the database, the web server, a worker.

    Without a database of yours that is the embedded PostgreSQL, in .pg here or where PGTELLER_HOME
    says. HOST and PORT say where it listens.
    """
    run_everything(Address.given(), reload)


@click.command(short_help="Run the web server alone.")
def serve() -> None:
    """Run the web server alone, on the database that DATABASE_URL names.

    HOST and PORT say where it listens. It logs where that is, and each request; LOG_LEVEL=WARNING
    has it silent.
    """
    os.environ["LOG_LEVEL"] = settings.given("LOG_LEVEL") or "INFO"
    address = Address.given()
    serving.require_settings(address)
    app = create_app()
    db.require_fit(app)
    serving.require_free(address)
    serving.announce(app, address)
    serving.open_many_files()
    status = stopping.run(serving.granian(address), settings.decimal("DRAIN_SECONDS"))
    serving.log.info("stops", extra={"url": address.url, "status": status})
    raise SystemExit(status)


@click.command(short_help="Do what falls due, and send webhooks.")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--interval",
    type=click.FloatRange(0.01, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between looks for what is due.",
)
@click.option(
    "--digest-dir",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Where to keep digests, one every DIGEST_EVERY (1h).  [default: DIGEST_DIR, else none]",
)
def worker(once: bool, interval: float, digest_dir: Path | None) -> None:
    """Do what falls due, and send webhooks, on the database that DATABASE_URL names.

    Without --once it goes on until it is told to stop, and also verifies the ledger every
    VERIFY_EVERY (24h; 0: never). It logs what goes wrong, and with LOG_LEVEL=INFO what it does.
    """
    # Here, for whoever only reads what commands there are need not wait for it.
    from pgteller.worker import Worker  # noqa: PLC0415
    from pgteller.worker.heartbeat import own_name  # noqa: PLC0415
    from pgteller.worker.timetable import Plan  # noqa: PLC0415

    if math.isnan(interval):  # which is outside of no range
        raise click.BadParameter("nan is not a number of seconds.", param_hint="'--interval'")
    app = create_app()
    db.require_fit(app)
    plan = Plan() if once else _planned(digest_dir)
    does = {
        "worker": own_name(),
        "once": once,
        "verify_every": plan.verify_every,
        "digest_every": plan.digest_every if plan.digests else 0,
        "digest_dir": plan.digests,
    }
    log.info("starts", extra=serving.ledger_of(app) | does)
    try:
        Worker(app, interval, once, plan).run()
    finally:
        log.info("stops", extra={"worker": own_name()})


def _planned(digest_dir: Path | None) -> Plan:
    """What it does by the clock, as the environment says; an option goes before that."""
    from pgteller.worker.timetable import Plan  # noqa: PLC0415

    given = settings.text("DIGEST_DIR")
    return Plan(
        settings.duration("VERIFY_EVERY"),
        settings.duration("DIGEST_EVERY"),
        digest_dir or (Path(given) if given else None),
    )
