"""Sending one event: signed, with time limits, and never more than what was asked for."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

import urllib3

CONNECT, READ = 5.0, 10.0


@dataclass(frozen=True)
class Outcome:
    """What a receiver answered, or why there is no answer."""

    http_status: int | None = None
    error: str | None = None


class Sender:
    """Connections to receivers, kept for the next event; any thread may send."""

    def __init__(self, threads: int) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=50,
            maxsize=threads,
            timeout=urllib3.Timeout(connect=CONNECT, read=READ),
            retries=False,  # the ledger decides when to try again, and redirects are not followed
        )

    def send(self, delivery: dict[str, Any]) -> Outcome:
        """Send a claimed delivery. The body of the answer is nobody's business."""
        body = str(delivery["body"]).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "pgteller",
            "Pgteller-Event-Id": str(delivery["event_id"]),
            "Pgteller-Webhook-Id": str(delivery["webhook_id"]),
            "Pgteller-Signature": signature(delivery["secret"], body, int(time.time())),
        }
        try:
            response = self._pool.request(
                "POST",
                delivery["url"],
                body=body,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as problem:
            return Outcome(error=f"{type(problem).__name__}: {problem}")
        return Outcome(http_status=response.status)


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The header by which a receiver knows that we sent this, and when."""
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"
