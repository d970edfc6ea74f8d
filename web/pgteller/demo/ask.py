"""Asking `pgteller run` for the demo bank: the web server's side, which may make no ledger itself.

An answer comes at once or, where nobody is there, after half a second; it says how far it is:

    {"state": "none"}                               nobody has asked for it
    {"state": "filling", "done": 120, "of": 10500}  `of` is 0 while the ledger is being made
    {"state": "ready", "url": "http://127.0.0.1:34567/"}
    {"state": "failed", "reason": "..."}            to be asked for again
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

VARIABLE = "PGTELLER_DESK"  # of the environment: where to ask
START, TELL = b"demo", b"how far"
PATIENCE = 0.5
MOST = 4096  # bytes of an answer

Json = dict[str, Any]


def available() -> bool:
    """Whether there is anybody to ask."""
    return bool(_desk())


def start() -> Json:
    """Have it made and served; how far it is."""
    return _ask(START)


def progress() -> Json:
    """How far it is."""
    return _ask(TELL)


def _ask(word: bytes) -> Json:
    if not available():
        return {"state": "none"}
    answer, place = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with answer, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        answer.settimeout(PATIENCE)
        asking.settimeout(PATIENCE)
        try:
            with place:
                asking.connect(_desk())
                socket.send_fds(asking, [word], [place.fileno()])  # where nobody else can answer
            told: Json = json.loads(answer.recv(MOST))
        except (OSError, ValueError):  # nobody is there, or somebody else
            return {"state": "failed", "reason": "pgteller run does not answer."}
    return told


def _desk() -> str:
    return os.environ.get("PGTELLER_DESK", "")
