"""How a body comes in: in what time, how much of it, and how much of all of them at once.

What broke off is nothing. granian tells of the end of a body by an empty part, and of an end before
its time, or of trailers, by one more.
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

from pgteller import settings
from pgteller.shell import MAX_BODY, mounting, routes

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

LONG = {route.path: route.max_bytes for route in routes.ROUTES if route.max_bytes}
MOST_SWALLOWED = 16 << 20  # of one that is too large: hung up on, nobody reads why
CHUNKED = "chunked"
SMALL = 64 << 10  # bytes of a body that nobody counts, so that large ones keep none of them out


class Bodies:
    """Those of the requests under way; all that are not small weigh `most_held` bytes at most."""

    def __init__(self, most_held: int) -> None:
        self.most_held = most_held
        root = mounting.root()
        self.most = LONG | {root + path: size for path, size in LONG.items()}
        self.timeout = settings.decimal("BODY_TIMEOUT")
        self.held = 0


class Body:
    """That of one request; to be forgotten at its end."""

    def __init__(self, bodies: Bodies, environ: dict[str, Any]) -> None:
        self.bodies = bodies
        self.environ = environ
        self.most = bodies.most.get(environ["PATH_INFO"], MAX_BODY)
        self.parts: list[bytes] = []
        self.read = 0  # bytes
        self.counted = 0

    def forget(self) -> None:
        """Make room for others."""
        self.bodies.held -= self.counted
        self.counted = 0

    async def arrive(self, proto: HTTPProtocol) -> str | None:
        """Have it stand in the environment; why it does not."""
        length = _length(self.environ)
        if length == 0:
            return None
        if self.environ.get("HTTP_TRANSFER_ENCODING", CHUNKED).lower() != CHUNKED:
            return "incomplete_body"
        try:
            async with asyncio.timeout(self.bodies.timeout):
                refusal = await self._take(proto, length)
        except TimeoutError:
            return "request_timeout"
        if refusal is None:
            self.environ.pop("HTTP_TRANSFER_ENCODING", None)
            self.environ["CONTENT_LENGTH"] = str(self.read)
            self.environ["wsgi.input"] = io.BytesIO(b"".join(self.parts))
        return refusal

    async def _take(self, proto: HTTPProtocol, length: int | None) -> str | None:
        """Take what comes; of what cannot be kept, its length alone, as far as it was read."""
        ends, refusal = 0, None
        async for part in proto:
            ends += not part
            self.read += len(part)
            if refusal or max(self.read, length or 0) > self.most:
                self.parts.clear()
            elif not self._keep(part):
                refusal = "server_busy"
                self.forget()
            if self.read == length or self.read > MOST_SWALLOWED:
                return refusal
        return refusal if length is None and ends == 1 else "incomplete_body"

    def _keep(self, part: bytes) -> bool:
        """Whether there is room for it."""
        self.parts.append(part)
        if self.read > SMALL:
            self.bodies.held += self.read - self.counted
            self.counted = self.read
        return self.bodies.held <= self.bodies.most_held


def _length(environ: dict[str, Any]) -> int | None:
    """Of the body, as its headers say; None where they do not."""
    told = environ.get("CONTENT_LENGTH")
    if told is not None:
        return int(told) if told.isdecimal() and len(told) < 10 else None
    empty = environ["REQUEST_METHOD"] in ("GET", "HEAD") and "HTTP_TRANSFER_ENCODING" not in environ
    return 0 if empty else None
