"""What granian loads: it waits for clients, so that no thread has to.

    granian --interface rsgi pgteller.shell.wsgi:front

The event loop takes in whole requests, however slow their clients are, and cuts those that take too
long.  A thread gets a request that is complete, to call the application, a WSGI one, and with it
the database; while all threads are taken, some requests wait for one, and more are refused at once.
What reads much has threads of its own, and few, so that nobody can have all of them read for him.
What needs no thread is answered in the loop, and so whatever the database does.
"""

from __future__ import annotations

import asyncio
import io
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from wsgiref.types import WSGIApplication

import psycopg
from flask import Flask, g

from pgteller import console, settings
from pgteller.pool import UnavailableError
from pgteller.sending import Caller
from pgteller.shell import identity, mounting, routes
from pgteller.shell.bodies import Bodies, Body
from pgteller.shell.errors import ODD, REFUSED, ProblemError
from pgteller.shell.identity import Known
from pgteller.shell.metrics import Metrics

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

Environ = dict[str, Any]
Answer = tuple[int, list[tuple[str, str]], bytes]
Write = Callable[[bytes], object]

ALIVE, READY = "/livez", "/health/ready"
STRANGERS = 2  # threads for them
LOOKING_UP = 5.0  # seconds for finding out who a stranger is
PROBING = 1000  # requests that may wait to be told whether we are ready: each takes milliseconds
BOUNDED_OF = 4  # connections to a thread for each kind of what may read much
MOST_HELD = 64 << 20  # bytes of bodies that are not small
# How the paths of what reads much end, those of pages too; no other path ends so.
HEAVY = {route.path.rpartition("/")[2] for route in routes.ROUTES if route.heavy}
# What leaves rows out, or puts them into an order: all may be read for the few that are shown.
SEEKING = {"search", "status", "currency", "sort", "operation", "amount_min", "amount_max"}
SEEKING |= {"contra_account_id", "payment_ref", "metadata", "code", "actor", "request_id"}
SEEKING |= {"since", "until", "within", "first_day", "last_day"}
LONG = {route.name for route in routes.ROUTES if route.seconds} | {*console.LONG}
# Those of which the bank has to have all that was sent, or nothing.
TELLING = ("authorization", "content-type", "cookie", "host", "idempotency-key", "origin")
VARIABLES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

PROCESS: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class Share:
    """Some of the threads, those who wait for one of them, and what their bodies may weigh."""

    def __init__(
        self, size: int, most_waiting: int, most_held: int, count: Callable[[int], None]
    ) -> None:
        self.most_waiting = most_waiting
        self.count = count  # told how many more wait
        self.free = asyncio.Semaphore(size)
        self.waiting = 0
        self.bodies = Bodies(most_held)

    async def enter(self, proto: HTTPProtocol, patience: float) -> str | None:
        """Take one of the threads; why there is none, or nobody who waits for it."""
        if not self.free.locked():
            await self.free.acquire()
            return None
        if self.waiting >= self.most_waiting:
            return "server_busy"
        self._wait(1)
        gone = asyncio.ensure_future(proto.client_disconnect())
        mine = asyncio.ensure_future(self.free.acquire())
        try:
            await asyncio.wait((gone, mine), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._wait(-1)
            gone.cancel()
            if not mine.done():
                mine.cancel()
        return None if mine.done() and not mine.cancelled() else "server_busy"

    def _wait(self, change: int) -> None:
        self.waiting += change
        self.count(change)


class Front:
    """An RSGI application before a WSGI application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        metrics: Metrics = app.extensions["metrics"]
        metrics.waiting.set(0)  # whatever another process has left there that had our number
        count = metrics.waiting.inc
        self.known: Known | None = app.extensions["known"] if app.extensions["keyed"] else None
        self.patience = settings.decimal("POOL_TIMEOUT")
        most_waiting = settings.whole("MOST_WAITING")
        root = mounting.root()
        self.alive = {ALIVE, root + ALIVE}
        self.ready = {READY, root + READY}
        size = settings.whole("POOL_SIZE")
        self.callers = Share(size, most_waiting, MOST_HELD, count)
        # As many of them may wait: after a start nobody is known, and all come at once.
        self.strangers = Share(STRANGERS, most_waiting, MOST_HELD // 8, count)
        self.probes = Share(1, PROBING, 0, count)
        few = max(1, size // BOUNDED_OF)
        # What a bookkeeper asks for, what somebody looks for, and what may take an hour.
        bounded = [Share(few, most_waiting, MOST_HELD // 8, count) for _ in range(3)]
        self.heavy, self.seeking, self.long = bounded
        paths = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in LONG}
        self.long_paths = paths | {root + path for path in paths}
        self.threads = ThreadPoolExecutor(size + STRANGERS + 1 + 3 * few, "request")

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """Let what has begun come to its end."""
        self.threads.shutdown()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer a request."""
        environ = _environ(scope)
        share = self._share(environ)
        body = Body(share.bodies, environ)
        try:
            refusal = environ.get(REFUSED) or await body.arrive(proto)
            if refusal is None and environ["PATH_INFO"] not in self.alive:
                if share is self.strangers and self._bounded(environ) is not None:
                    refusal = await self._meet(environ, proto)
                    share = self._share(environ)
                refusal = refusal or await share.enter(proto, self.patience)
                if refusal is None:
                    await self._answer_in_thread(share, environ, proto)
                    return
        finally:
            body.forget()
        if refusal is not None:
            environ[REFUSED] = refusal
        proto.response_bytes(*_call(self.app, environ))

    def _share(self, environ: Environ) -> Share:
        """Whose threads it may have: where there are keys, who has one waits for no stranger.

        A key or a session that has been good in this process is known; any other is a stranger's
        till then.
        """
        if self.known is not None:
            if environ["PATH_INFO"] in self.ready:
                return self.probes
            if not any(map(self.known.has_met, _secrets(environ))):
                return self.strangers
        return self._bounded(environ) or self.callers

    def _bounded(self, environ: Environ) -> Share | None:
        """The threads for what it reads, if that is much."""
        path = environ["PATH_INFO"]
        if path in self.long_paths:
            return self.long
        if environ["REQUEST_METHOD"] == "POST":
            return None
        if path.rpartition("/")[2] in HEAVY:
            return self.heavy
        names = {unquote(one.partition("=")[0]) for one in environ["QUERY_STRING"].split("&")}
        return self.seeking if names & SEEKING else None

    async def _meet(self, environ: Environ, proto: HTTPProtocol) -> str | None:
        """Find out who it is, so that it takes no stranger's thread for as long as it reads."""
        if refusal := await self.strangers.enter(proto, self.patience):
            return refusal
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.threads, self._look_up, environ)
        finally:
            self.strangers.free.release()
        return None

    def _look_up(self, environ: Environ) -> None:
        assert self.known
        with self.app.app_context(), suppress(psycopg.Error, UnavailableError, ProblemError):
            g.caller = Caller.within(LOOKING_UP)
            for secret in _secrets(environ):
                self.known.settings(secret)

    async def _answer_in_thread(self, share: Share, environ: Environ, proto: HTTPProtocol) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self.threads, _call, self.app, environ)
        finally:
            share.free.release()
        proto.response_bytes(*answer)


def _environ(scope: Scope) -> Environ:
    """As WSGI has a request."""
    host, _, port = scope.server.rpartition(":")
    client, _, _ = scope.client.rpartition(":")
    headers = scope.headers
    environ = PROCESS | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version == "1" else "HTTP/1.1",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": client.strip("[]"),
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in headers.items():
        if "_" not in name:  # which would pass for another with a hyphen
            variable = _variable(name)
            before = environ.get(variable)
            environ[variable] = value if before is None else f"{before},{value}"
    for name in TELLING:
        if name in headers and headers.get(name) is None:
            environ[_variable(name)] = ODD
    authority = scope.authority
    if authority and environ.setdefault("HTTP_HOST", authority).lower() != authority.lower():
        environ[REFUSED] = "unknown_host"
    if not scope.method.isupper():  # in small letters some are taken for the same, some are not
        environ[REFUSED] = "method_not_allowed"
    return environ


def _secrets(environ: Environ) -> list[str]:
    """What may say who asks."""
    found = identity.sessions(environ.get("HTTP_COOKIE", ""))
    if bearer := identity.bearer(environ.get("HTTP_AUTHORIZATION", "")):
        found.append(bearer)
    return found


def _variable(name: str) -> str:
    """Where a header stands."""
    return VARIABLES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"


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
