"""What granian loads: it waits for clients, so that no thread has to.

    granian --interface rsgi pgteller.shell.wsgi:front

The event loop takes in whole requests, however slow their clients are, and cuts those that take too
long.  A thread gets a request that is complete, to call the application, a WSGI one, and with it
the database; while all threads are taken, some requests wait for one, and more are refused at once.
What needs no thread is answered in the loop, and so whatever the database does.
"""

from __future__ import annotations

import asyncio
import io
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from wsgiref.types import WSGIApplication

from flask import Flask
from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from pgteller import settings
from pgteller.shell import MAX_BODY, mounting, routes
from pgteller.shell.errors import REFUSED
from pgteller.shell.metrics import Metrics

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

Environ = dict[str, Any]
Answer = tuple[int, list[tuple[str, str]], bytes]
Write = Callable[[bytes], object]

ALIVE = "/livez"
LONG = {route.path: route.max_bytes for route in routes.ROUTES if route.max_bytes}
MOST_SWALLOWED = 16 * 1024 * 1024  # of one that is too large: hung up on, nobody reads why

PROCESS: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class Front:
    """An RSGI application before a WSGI application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.metrics: Metrics = app.extensions["metrics"]
        size = settings.whole("POOL_SIZE")
        self.patience = settings.decimal("POOL_TIMEOUT")
        self.body_timeout = settings.decimal("BODY_TIMEOUT")
        self.most_waiting = settings.whole("MOST_WAITING")
        self.waiting = 0
        self.alive = {ALIVE, mounting.root() + ALIVE}
        self.free = asyncio.Semaphore(size)
        self.threads = ThreadPoolExecutor(size, "request")

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """Let what has begun come to its end."""
        self.threads.shutdown()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer a request."""
        environ = _environ(scope)
        refusal = await self._read(environ, proto)
        if refusal is None and environ["PATH_INFO"] not in self.alive:
            refusal = await self._enter()
            if refusal is None:
                await self._answer_in_thread(environ, proto)
                return
        if refusal is not None:
            environ[REFUSED] = refusal
        proto.response_bytes(*_call(self.app, environ))

    async def _answer_in_thread(self, environ: Environ, proto: HTTPProtocol) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self.threads, _call, self.app, environ)
        finally:
            self.free.release()
        proto.response_bytes(*answer)

    async def _enter(self) -> str | None:
        """Take one of the threads; why there is none."""
        if not self.free.locked():
            await self.free.acquire()
            return None
        if self.waiting >= self.most_waiting:
            return "server_busy"
        self._count(1)
        try:
            async with asyncio.timeout(self.patience):
                await self.free.acquire()
        except TimeoutError:
            return "server_busy"
        finally:
            self._count(-1)
        return None

    def _count(self, change: int) -> None:
        self.waiting += change
        self.metrics.waiting.set(self.waiting)

    async def _read(self, environ: Environ, proto: HTTPProtocol) -> str | None:
        """Read the body into the environment; why it is not there."""
        body = b""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or _has_body(environ):
            try:
                async with asyncio.timeout(self.body_timeout):
                    body, length = await _body(environ, proto)
            except (TimeoutError, ProtocolClosed):
                environ["wsgi.input"] = io.BytesIO()
                return "request_timeout"
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = str(length)
        environ["wsgi.input"] = io.BytesIO(body)
        return None


def _has_body(environ: Environ) -> bool:
    return "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ


async def _body(environ: Environ, proto: HTTPProtocol) -> tuple[bytes, int]:
    """It and its length; of one that is too large, the length alone, as far as it was read."""
    path = environ["PATH_INFO"]
    most = next((size for end, size in LONG.items() if path.endswith(end)), MAX_BODY)
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal() and len(length) < 10 and int(length) <= most:
        body = await proto()
        return body, len(body)
    parts: list[bytes] = []
    read = ends = 0
    async for part in proto:
        # granian tells of the end by an empty part, and of an end before its time by one more.
        ends += not part
        if ends > 1:
            raise ProtocolClosed
        read += len(part)
        if read > MOST_SWALLOWED:
            break
        if read > most:
            parts.clear()
        else:
            parts.append(part)
    return b"".join(parts), read


def _environ(scope: Scope) -> Environ:
    """As WSGI has a request."""
    host, _, port = scope.server.rpartition(":")
    client, _, _ = scope.client.rpartition(":")
    headers = scope.headers
    environ = PROCESS | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.url_scheme": scope.scheme,
    }
    for name in headers.keys():  # noqa: SIM118, this is not a dict
        variable = name.upper().replace("-", "_")
        if name not in ("content-type", "content-length"):
            variable = f"HTTP_{variable}"
        environ[variable] = ",".join(headers.get_all(name))  # type: ignore[attr-defined]
    environ.setdefault("HTTP_HOST", scope.authority or "")
    return environ


def _call(app: WSGIApplication, environ: Environ) -> Answer:
    """What the application answers."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR.value
    headers: list[tuple[str, str]] = []
    written: list[bytes] = []

    def start(line: str, given: list[tuple[str, str]], _: object = None) -> Write:
        nonlocal status, headers
        status, headers = int(line[:3]), given
        return written.append

    parts = app(environ, start)
    try:
        written.extend(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return status, headers, b"".join(written)
