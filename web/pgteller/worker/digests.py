"""A folder of digests: written whole or not at all, in the order of time, none ever overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DIFFERS = "-differs"  # of one that was taken when the history was not that of the one before it


@dataclass(frozen=True)
class Folder:
    """Of one ledger among others."""

    path: Path
    schema: str

    def newest(self) -> Path | None:
        """The last one that was taken when all was well."""
        found = self.path.glob(f"{self.schema}-digest-*.json")
        return max((one for one in found if not one.stem.endswith(DIFFERS)), default=None)

    def require_writable(self) -> None:
        """Fail before anything is asked of the database."""
        with tempfile.TemporaryFile(dir=self.path):
            pass

    def keep(self, digest: bytes, differs: bool) -> tuple[Path, str]:
        """Write one; where it is now, and the SHA-256 of the file."""
        content = digest + b"\n"
        moment = datetime.fromtimestamp(json.loads(digest)["timestamp"] / 1000, UTC)
        time = moment.isoformat("T", "milliseconds").partition("+")[0].replace(":", "")
        mark = DIFFERS if differs else ""
        file = self.path / f"{self.schema}-digest-{time}Z{mark}.json"
        number, temporary = tempfile.mkstemp(".tmp", f".{self.schema}-digest-", self.path)
        try:
            with os.fdopen(number, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
                os.fchmod(opened.fileno(), 0o444)
            os.link(temporary, file)  # which, unlike a renaming, never takes another's place
        finally:
            Path(temporary).unlink()
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return file, hashlib.sha256(content).hexdigest()
