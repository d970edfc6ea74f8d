"""Make `.venv`, with a lock file and this checkout: `python3 -m dev.install requirements.txt`.

Runs on the system's Python, before anything is installed, so it uses the standard library alone.
pip comes as a wheel from Python itself or, on a Debian without python3-venv, from Debian.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
import venv
from pathlib import Path

from dev import debian

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"


def main() -> None:
    """Create the environment where it is missing, then install the lock that was named."""
    if sys.version_info < (3, 11):  # noqa: UP036, an older one may well run this
        sys.exit(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: set PYTHON=..."
        )
    lock = Path(sys.argv[1])
    if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
        create_environment()
    install(lock)


def create_environment() -> None:
    """An empty environment plus pip: what `python3 -m venv` does, also where it cannot."""
    print(f"Making {VENV} with Python {sys.version.split()[0]} ...", flush=True)
    venv.create(VENV, clear=True, with_pip=False, symlinks=True)
    try:
        wheel = pip_wheel()
    except debian.NotAvailableError as problem:
        sys.exit(
            f"{problem}\nPython has no pip to offer: install python3-venv (or python3-pip-whl)."
        )
    subprocess.run(
        [PYTHON, wheel / "pip", "install", "-q", "--no-index", "--no-deps", "--no-compile", wheel],
        check=True,
    )


def pip_wheel() -> Path:
    """The newest pip wheel that Python, the system or Debian's archive offers, in that order."""
    ensurepip = importlib.util.find_spec("ensurepip")
    folders = [Path("/usr/share/python-wheels")]
    if ensurepip and ensurepip.origin:
        folders.insert(0, Path(ensurepip.origin).parent / "_bundled")
    for folder in folders:
        if wheels := sorted(folder.glob("pip-*.whl")):
            return wheels[-1]
    folder = debian.unpacked("python3-pip-whl") / "usr/share/python-wheels"
    return next(folder.glob("pip-*.whl"))


def install(lock: Path) -> None:
    """Install what `lock` pins, and this checkout in place: what stands in web/ is what runs."""
    begun = time.monotonic()
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    if status := subprocess.run([*command, "-r", str(lock)], check=False).returncode:
        sys.exit(status)
    [packages] = VENV.glob("lib/python*/site-packages")
    (packages / "pgteller.pth").write_text(f"{Path('web').absolute()}\n")
    program = VENV / "bin" / "pgteller"
    program.write_text(f"#!{PYTHON.absolute()}\nfrom pgteller.cli import main\n\nmain()\n")
    program.chmod(0o755)
    print(f"Installed in {time.monotonic() - begun:.0f} s.", flush=True)


if __name__ == "__main__":
    main()
