"""Where the web server asks `pgteller run` for the demo bank, by one click.

The web server's login may make no ledger and no role, and shall not.  Its supervisor may: on a Unix
socket, which is for the web server's user alone, it hears one word and answers how far it is.
Nothing waits for anything here: it is a datagram with a place for the answer, which is written at
once or not at all; one place for all would be full once somebody reads nothing.  The ledger is made
by a process of its own, whose lines say how far it is; then a second web server on a free port
and a worker serve it, as programs like the others.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pgteller.demo.ask import MOST, START, VARIABLE
from pgteller.embedded.programs import hand_over
from pgteller.embedded.supervision import Ear, Program, Service
from pgteller.embedded.unprivileged import die_with
from pgteller.serving import Address

FILL = [sys.executable, "-m", "pgteller", "demo", "--fill-only", "--lines"]
LONGEST_REASON = 500

Json = dict[str, Any]


class Desk(Ear):
    """Hears who asks, and looks after what he asked for.

    `serve` makes the programs that serve the demo at an address; they are added to `running`.
    """

    def __init__(
        self,
        path: Path,
        host: str,
        serve: Callable[[Address], list[Program]],
        command: list[str] | None = None,
    ) -> None:
        self.host = host
        self.serve = serve
        self.command = command or FILL
        self.running: list[Service] = []
        self.state: Json = {"state": "none"}
        self.said = ""
        self.filling: subprocess.Popen[bytes] | None = None
        self.heard = b""  # of a line that is not whole yet
        self.address: Address | None = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(str(path))

    def handles(self) -> list[int]:
        """The socket, and what the process that fills says."""
        lines = self.filling.stdout if self.filling else None
        return [self.socket.fileno(), *([lines.fileno()] if lines else [])]

    def hear(self, handle: int) -> None:
        """Somebody asks, or it is further."""
        if handle == self.socket.fileno():
            self._answer()
        else:
            self._listen(handle)

    def close(self) -> None:
        """Ask for nothing more; what is being made is broken off."""
        self.socket.close()
        if self.filling:
            self.filling.terminate()
            self.filling.wait()

    def _answer(self) -> None:
        """Do as the word says, and tell how far it is, if whoever asked is still there to hear."""
        with contextlib.suppress(OSError):
            word, places, _, _ = socket.recv_fds(self.socket, 64, 1)
            if word == START and self.filling is None:
                self._begin()
            # At most six bytes a character, so that a reason is never cut amid its JSON.
            told = json.dumps(self._told(), ensure_ascii=False).encode()[:MOST]
            for place in places:
                _say(place, told)

    def _told(self) -> Json:
        """How far it is; it is ready once somebody listens there."""
        if self.state["state"] == "ready" and not self._is_up():
            return {"state": "filling", "done": 1, "of": 1}
        return self.state

    def _is_up(self) -> bool:
        assert self.address is not None
        with contextlib.suppress(OSError):
            socket.create_connection((self.address.host, self.address.port), timeout=0.1).close()
            return True
        return False

    def _begin(self) -> None:
        """Start what fills it, which says at once if there is nothing to do."""
        self.state, self.heard, self.said = {"state": "filling", "done": 0, "of": 0}, b"", ""
        self.filling = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509, we have but one thread
        )

    def _listen(self, handle: int) -> None:
        """Hear its lines, and its end."""
        more = os.read(handle, 1 << 16)
        *lines, self.heard = (self.heard + more).split(b"\n")
        for line in lines if more else [*lines, self.heard]:
            self._note(line.decode(errors="replace").strip())
        if not more:
            self._ended()

    def _note(self, line: str) -> None:
        try:
            told = json.loads(line)
            self.state = {"state": "filling", "done": int(told["done"]), "of": int(told["of"])}
        except (ValueError, TypeError, KeyError):  # it is for people
            self.said = line[:LONGEST_REASON] or self.said

    def _ended(self) -> None:
        """Serve it, if it is there."""
        assert self.filling is not None
        assert self.filling.stdout is not None
        self.filling.stdout.close()
        status = self.filling.wait()
        self.filling = None
        if status:
            reason = self.said or f"It ended with status {status}."
            self.state = {"state": "failed", "reason": reason}
            return
        if self.address is None:
            self.address = Address(self.host, _free_port(self.host))
            self.running += self.serve(self.address)
            print(f"\n  Demo  {self.address.url}/\n", flush=True)
        self.state = {"state": "ready", "url": f"{self.address.url}/"}


@contextlib.contextmanager
def desk(
    user: str | None, host: str, serve: Callable[[Address], list[Program]]
) -> Iterator[tuple[Desk, dict[str, str]]]:
    """One while the block runs, for a web server of that user; what its environment is to say."""
    # Not where others keep temporary files: the path of a socket may have 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="pgteller-", dir="/tmp"))
    try:
        path = folder / "desk"
        with contextlib.closing(Desk(path, host, serve)) as made:
            hand_over(path, user, 0o600)
            hand_over(folder, user, 0o700)
            yield made, {VARIABLE: str(path)}
    finally:
        shutil.rmtree(folder)


def _say(place: int, told: bytes) -> None:
    """Write it there, if there is room, and close it."""
    try:
        os.set_blocking(place, False)
        os.write(place, told)
    finally:
        os.close(place)


def _free_port(host: str) -> int:
    """One that nobody has now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
