"""Sending one event: signed, within a time limit, to an allowed address, and nothing else.

Redirects are not followed, proxies that the environment names are not used, and of an answer no
more than MOST bytes are read.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from pgteller.worker.addresses import NOTHING, AddressInfo, NotAllowedError, Resolver

SECONDS = 10.0  # for a delivery as a whole: to look up, to connect, to send and to be answered
MOST = 64 * 1024  # bytes of an answer


@dataclass(frozen=True)
class Outcome:
    """What a receiver answered, or why there is no answer."""

    http_status: int | None = None
    error: str | None = None


class Sender:
    """Connections to receivers, kept for the next event."""

    def __init__(self) -> None:
        self.rules = NOTHING
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=Resolver(),
                socket_factory=self._connect,
                ssl=ssl.create_default_context(),
                limit=0,  # who sends counts
                keepalive_timeout=4,  # less than receivers have, so that none hangs up as we send
            ),
            timeout=aiohttp.ClientTimeout(total=SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding"),
        )

    async def send(self, delivery: dict[str, Any]) -> Outcome:
        """Send a claimed delivery. What the answer says is nobody's business."""
        body = str(delivery["body"]).encode()
        secrets = [delivery["secret"], *filter(None, [delivery["secret_before"]])]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "pgteller",
            "Pgteller-Event-Id": str(delivery["event_id"]),
            "Pgteller-Webhook-Id": str(delivery["webhook_id"]),
            "Pgteller-Signature": signature(secrets, body, int(time.time())),
        }
        try:
            url = URL(delivery["url"], encoded=True)
            self.rules.require_scheme(url.scheme)
            async with self.session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await _drain(response)
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            return Outcome(error=reason(problem))
        return Outcome(http_status=response.status)

    async def close(self) -> None:
        """Close what is kept."""
        await self.session.close()

    def _connect(self, info: AddressInfo) -> Any:  # noqa: ANN401, as aiohttp has it
        return self.rules.connect(info)


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read an answer to its end, so that its connection can be kept; close one that has none.

    What it had to say it has said: its status counts, whatever comes after it.
    """
    size = 0
    try:
        while size <= MOST and (chunk := await response.content.read(MOST)):
            size += len(chunk)
    except (aiohttp.ClientError, OSError):
        size = MOST + 1
    if size > MOST:
        response.close()


def reason(problem: BaseException) -> str:
    """Why there is no answer, in words that hold neither a URL nor what the receiver wrote."""
    cause: BaseException | None = problem
    last = problem
    while cause:
        if isinstance(cause, NotAllowedError):
            return str(cause)
        if isinstance(cause, aiohttp.ClientConnectorCertificateError):
            return _of_certificate(cause.certificate_error)
        if isinstance(cause, aiohttp.ClientResponseError):
            return "the answer is not HTTP"
        if isinstance(cause, TimeoutError):
            return f"no answer within {SECONDS:g} s"
        last, cause = cause, getattr(cause, "os_error", None) or cause.__cause__
    if isinstance(last, OSError):
        said = last.strerror or str(last)
        return "".join(letter if letter.isprintable() else "?" for letter in said)
    return type(problem).__name__


def _of_certificate(problem: Exception) -> str:
    return f"certificate: {getattr(problem, 'verify_message', '') or type(problem).__name__}"


def signature(secrets: list[str], body: bytes, seconds: int) -> str:
    """The header by which a receiver knows that we sent this, and when; it may know any secret."""
    signed = b"%d." % seconds + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={seconds}", *(f"v1={digest}" for digest in digests)])
