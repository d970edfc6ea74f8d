"""Proofs, from a page: the ledger is verified; a digest is taken, or held against it."""

from __future__ import annotations

import logging
import time
from multiprocessing.util import Finalize
from threading import Thread

import psycopg
from flask import Response, current_app, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from pgteller import proofs
from pgteller.console import rendering, signing
from pgteller.console.asking import ask, ask_all
from pgteller.console.forms import CHANGED
from pgteller.pool import Pool, UnavailableError
from pgteller.shell import db, parsing, seen
from pgteller.shell.errors import ProblemError, refused_by
from pgteller.shell.routes import JSON, Route

log = logging.getLogger(__name__)

# How a file is refused that is none that a digest was taken into.
NO_DIGEST = {"malformed_json", "invalid_argument", "invalid_request"}
# What it means that the ledger is not what a digest says.
FINDINGS = {
    "chain_broken": (
        "An entry of this account was changed or taken away in the database: from there on the "
        "hashes do not follow from what is written."
    ),
    "account_missing": (
        "An account that the digest covers is not there any more, and no account is ever removed."
    ),
    "history_differs": (
        "Entries that the digest covers were replaced by others whose hashes fit: the history was "
        "written anew."
    ),
    "recorded_before": (
        "An entry that the digest does not cover claims to be older than it: it was slipped in "
        "later, or clocks went wrong by more than a minute."
    ),
    "root_differs": (
        "The sums of the digest agree and the rest of it does not. Most likely the file was "
        "changed: compare another copy of it. If that says the same, the history was written anew."
    ),
}

STOPPING = 5.0  # seconds that the end of the process waits for one that is broken off


def take() -> Response:
    """A digest as a file, to be kept where nobody who can reach the database can."""
    signing.require_own()
    route: Route = current_app.extensions["routes"]["ledger_digest"]
    response = Response(route.answer({}), mimetype=JSON)
    name = time.strftime("digest-%Y-%m-%dT%H%M%SZ.json", time.gmtime())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def compare() -> Response:
    """What the ledger is, held against a digest that was kept."""
    signing.require_own()
    given = request.files.get("digest")
    raw = given.read() if given else b""
    if not raw:
        seen.tried()
        raise ProblemError("invalid_request", "Choose the file that the digest is in.")
    try:
        found = ask("verify_digest", {"digest": parsing.document(raw)})
    except (ProblemError, psycopg.Error) as error:
        problem = refused_by(error)
        if problem is None or problem.name not in NO_DIGEST:
            raise
        seen.tried()
        detail = "This is no digest: choose the file that Take a digest gave you."
        raise ProblemError("invalid_request", detail) from None
    meaning = FINDINGS.get(found["finding"])
    page = rendering.render("compared.html", title="Digest", found=found, meaning=meaning)
    return rendering.respond(page)


def verify() -> AnyResponse:
    """Have the ledger verified, in a thread of its own, unless that is going on already."""
    signing.require_own()
    pool: Pool = current_app.extensions["pool"]
    # The database says whether one goes on, and to whom it is not to begin one.
    longest = int(proofs.LONGEST[proofs.VERIFICATION] * 1000)
    given: db.Arguments = {"kind": proofs.VERIFICATION, "every_ms": 1, "lost_after_ms": longest}
    for begun in ask_all("begin_proof", given):
        _begin(proofs.Verification(pool, db.caller(), begun["proof_number"]))
    return rendering.away(url_for("console.integrity"), CHANGED)


def _begin(verification: proofs.Verification) -> None:
    """Run it beside the requests; where this process ends it is broken off, which is kept as well.

    One of which nobody knows that it has ended would hold up the next for hours.
    """
    thread = Thread(target=_run, args=(verification,), name="verification", daemon=True)
    thread.start()

    def end() -> None:
        verification.break_off()
        thread.join(STOPPING)

    Finalize(verification, end, exitpriority=10)


def _run(verification: proofs.Verification) -> None:
    try:
        verification.run()
    except (psycopg.Error, UnavailableError) as problem:
        log.warning("verification failed", extra={"reason": proofs.reason(problem)})
