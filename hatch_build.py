"""Nothing is built without the files from npm that pages load: hatchling asks this first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = "web/pgteller/shell/assets/vendor"


class Assets(BuildHookInterface):
    """Looks for the lock that dev/assets.py leaves beside them, as the last of them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse where it is missing, or is another than is to be followed."""
        wanted, had = (Path(self.root) / name for name in ("web", VENDOR))
        lock = had / "package-lock.json"
        if not (lock.exists() and lock.read_bytes() == (wanted / lock.name).read_bytes()):
            raise FileNotFoundError(
                f"{VENDOR} lacks what web/package-lock.json says. In a checkout "
                "`python3 -m dev.assets` fetches it; releases have it."
            )
