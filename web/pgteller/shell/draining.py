"""A server that is about to stop: it tells balancers so, and keeps no connection, but answers.

`pgteller serve` sends SIGUSR1 to its processes and has them go on for DRAIN_SECONDS, so that nobody
sends anything any more when they stop; a connection that is closed while a request comes in over it
would leave its client not knowing.
"""

from __future__ import annotations

import signal
import threading

from flask import Flask, Response, request

from pgteller.shell.errors import ProblemError

TOLD: list[int] = []  # the signals that say so to this process
READINESS = "get_readiness"


def listen() -> None:
    """Hear of it; only the first thread of a process can."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGUSR1, lambda number, _: TOLD.append(number))


def install(app: Flask) -> None:
    """Have the answers say so."""
    app.before_request(_refuse)
    app.after_request(_close)


def _refuse() -> None:
    if TOLD and request.endpoint == READINESS:
        raise ProblemError("stopping")


def _close(response: Response) -> Response:
    if TOLD:
        response.headers["Connection"] = "close"
    return response
