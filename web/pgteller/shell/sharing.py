"""The folder in which the processes of one web server count together.

It is PROMETHEUS_MULTIPROC_DIR, else one in the folder for temporary files that is called after
whoever has started these processes, by process id and start time: all that he starts find the same
one, and one whose maker is dead can be told by its name.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import stat
import tempfile
from pathlib import Path

from pgteller import settings

log = logging.getLogger(__name__)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "pgteller-metrics"
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
    """The folder of this server; those of dead ones are removed."""
    begun = f"{PREFIX}-{os.geteuid()}-"
    for other in Path(tempfile.gettempdir()).glob(f"{begun}*"):
        pid, _, started = other.name.removeprefix(begun).partition("-")
        if pid.isdigit() and _started(int(pid)) != started and _is_ours(other):
            shutil.rmtree(other, ignore_errors=True)
    maker = os.getppid()
    folder = Path(tempfile.gettempdir(), f"{begun}{maker}-{_started(maker)}")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _is_ours(folder):
        raise PermissionError(f"{folder} is somebody else's.")
    return folder


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
