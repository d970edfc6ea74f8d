"""As whom web server and worker run, and how they get at Python and at this package.

Started by root they run as the user that PostgreSQL runs as.  Python, its packages and this one
often lie in a home that is closed to that user.  It is then given these folders open, which Linux
calls /proc/self/fd/N: so nothing else of root's is readable to it, nothing is copied, and a change
of a file is seen.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pgteller.embedded.programs import PostgresError, as_user, server_user

CODE = Path(__file__).resolve().parent.parent.parent  # what has the folder `pgteller`

PR_SET_PDEATHSIG = 1  # of Linux' prctl


@dataclass
class Shell:
    """How to run Python as `user`; None is whoever runs this, who is not root."""

    user: str | None
    python: Path = Path(sys.executable)
    packages: Path = Path(sysconfig.get_path("purelib"))
    code: Path = CODE
    variables: dict[str, str] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)  # the folders it is given open

    def start(self, arguments: list[str], url: str) -> subprocess.Popen[bytes]:
        """Run Python with these arguments on the database `url`; it ends when we end.

        It gets a process group of its own, so that Ctrl-C reaches us alone.
        """
        variables = os.environ | {"DATABASE_URL": url} | self.variables
        return subprocess.Popen(
            [self.python, *arguments],
            # What is empty is not to be there: some take it for a value.
            env={
                name: value for name, value in variables.items() if self.variables.get(name) != ""
            },
            cwd="/" if self.opened else None,
            pass_fds=self.opened,
            process_group=0,
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509, we have but one thread
            **as_user(self.user),
        )

    def way(self, folder: Path) -> Path:
        """How it gets to another folder."""
        return self._open(folder) if self.opened else folder

    def works(self) -> bool:
        """Whether its user can read what it runs."""
        files = (
            self.python,
            self.packages / "flask/__init__.py",
            self.code / "pgteller/shell/wsgi.py",
        )
        script = 'for file; do test -r "$file" || exit 1; done'
        command = ["sh", "-c", script, "sh", *map(str, files)]
        user = as_user(self.user)
        result = subprocess.run(command, cwd="/", check=False, pass_fds=self.opened, **user)
        return result.returncode == 0

    def open_closed(self) -> None:
        """Give it open all that it runs."""
        program = self.python.resolve()
        self.python = self._open(program.parent) / program.name
        self.packages = self._open(self.packages)
        self.code = self._open(self.code)
        self.variables["PYTHONHOME"] = str(self._open(Path(sys.base_prefix)))
        self.variables["PYTHONPATH"] = f"{self.packages}{os.pathsep}{self.code}"
        if sysconfig.get_config_var("Py_ENABLE_SHARED"):
            libraries = self._open(Path(sysconfig.get_config_var("LIBDIR")))
            self.variables["LD_LIBRARY_PATH"] = str(libraries)

    def _open(self, folder: Path) -> Path:
        number = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        self.opened.append(number)
        return Path(f"/proc/self/fd/{number}")


def unprivileged_shell() -> Shell:
    """The shell as it can be run here."""
    shell = Shell(server_user())
    if shell.user is None:
        return shell
    home = pwd.getpwnam(shell.user).pw_dir
    shell.variables = {"HOME": home, "USER": shell.user, "LOGNAME": shell.user}
    if not shell.works():
        shell.open_closed()
    if not shell.works():
        raise PostgresError(
            f"Web server and worker run as the user {shell.user}, who may not read {CODE}, "
            "or Python and its packages. Let it (chmod -R go+rX), or run this as an ordinary user."
        )
    return shell


def die_with(parent: int) -> Callable[[], None]:
    """What a process calls to be told to stop (SIGTERM) when `parent` has ended, however it did.

    Linux forgets it where a process changes its user, so that has to come first.
    """
    prctl = ctypes.CDLL(None).prctl

    def call() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended already
            os.kill(os.getpid(), signal.SIGTERM)

    return call
