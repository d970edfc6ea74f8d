"""The folder in which the processes of one web server count together.

It is PROMETHEUS_MULTIPROC_DIR, else one among those of this user in the folder for temporary files.
That is called after whoever has started these processes, by process id and start time: all that he
starts find the same one.  Each of them holds it, by a lock that ends with the process; one that
nobody holds, and whose maker is dead, goes.  Whoever looks for those, or makes one, has the lock of
all: so none goes that was made and is not held yet, however many servers start at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pgteller import settings

log = logging.getLogger(__name__)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "pgteller-metrics"
HELD: list[int] = []  # what this process has open to its end: the folder that it counts in
# What the files of a process are made with. They are mapped into memory: a disk that is full when a
# page is first written to would end the process.
SIZES = {"histogram": 1 << 19, "counter": 1 << 17, "gauge_livesum": 1 << 16}


def begin() -> None:
    """Count together from now on; to be called before prometheus_client is imported."""
    try:
        folder = Path(settings.text("PROMETHEUS_MULTIPROC_DIR") or _own())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind, size in SIZES.items():
            _make(folder / f"{kind}_{os.getpid()}.db", size)
    except OSError as problem:
        os.environ.pop(VARIABLE, None)
        log.error("metrics are of one process each", extra={"reason": str(problem)})
    else:
        os.environ[VARIABLE] = str(folder)


def forget_dead(folder: str) -> None:
    """What dead processes say of the present counts no more; what they have counted does."""
    for file in Path(folder).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not Path("/proc", pid).exists():
            file.unlink(missing_ok=True)


def _own() -> Path:
    """The folder of this server, which it holds; those of dead ones are removed."""
    maker = os.getppid()
    with _all() as folders:
        for other in folders.iterdir():
            pid, _, started = other.name.partition("-")
            if pid.isdigit() and _started(int(pid)) != started and not _is_held(other):
                shutil.rmtree(other, ignore_errors=True)
        own = folders / f"{maker}-{_started(maker)}"
        own.mkdir(mode=0o700, exist_ok=True)
        HELD.append(_locked(own, fcntl.LOCK_SH))
    return own


@contextlib.contextmanager
def _all() -> Iterator[Path]:
    """The folder of those folders; nobody else makes or removes any meanwhile."""
    folders = Path(tempfile.gettempdir(), f"{PREFIX}-{os.geteuid()}")
    with contextlib.suppress(FileExistsError):
        folders.mkdir(mode=0o700)
    if not _is_ours(folders):
        raise PermissionError(f"{folders} is somebody else's.")
    number = _locked(folders, fcntl.LOCK_EX)
    try:
        yield folders
    finally:
        os.close(number)


def _locked(folder: Path, kind: int) -> int:
    """The lock of a folder, which lasts until what is returned is closed, or the process ends."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(number, kind)
    except OSError:
        os.close(number)
        raise
    return number


def _is_held(folder: Path) -> bool:
    """Whether a process counts in it."""
    try:
        os.close(_locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have made it, or write there."""
    found = folder.lstat()
    ours = found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return ours and stat.S_ISDIR(found.st_mode)


def _started(pid: int) -> str:
    """When a process began, in ticks since the start of the machine; nothing if it is dead."""
    try:
        text = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _make(file: Path, size: int) -> None:
    """A file that has its place on the disk; one that is there goes on, whoever counted in it."""
    with file.open("ab") as opened:
        os.posix_fallocate(opened.fileno(), 0, size)
