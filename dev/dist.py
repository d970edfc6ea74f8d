"""What a release is made of, in dist/: the wheel, the sdist, and the ledger as one SQL file.

sql/releases.json has for each earlier release its newest migration; a file leads here from each.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from dev import PROJECT
from pgteller import __version__
from pgteller.install.script import install_script, upgrade_script

DIST = PROJECT / "dist"
RELEASES = PROJECT / "sql" / "releases.json"


def main() -> None:
    """Make them all."""
    shutil.rmtree(DIST, ignore_errors=True)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(DIST)]
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    (DIST / f"pgteller-{__version__}.sql").write_text(install_script())
    for version, last in json.loads(RELEASES.read_text()).items():
        script = upgrade_script(version, last)
        (DIST / f"pgteller-{version}--{__version__}.sql").write_text(script)
    for path in sorted(DIST.iterdir()):
        print(f"{path.relative_to(PROJECT)}  {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
