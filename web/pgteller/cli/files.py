"""Files that commands write: each is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def whole(file: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """To be written; a file that is there is replaced when all of it is, and not before.

    `-` is standard output. `mode` is who may read it, less what the umask takes away.
    """
    if str(file) == "-":
        yield sys.stdout.buffer
    elif file.exists() and not file.is_file():  # a pipe, a device
        with file.open("wb") as there:
            yield there
    else:
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with open(fresh, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as part:
                yield part
            fresh.replace(file.resolve())
        finally:
            fresh.unlink(missing_ok=True)
