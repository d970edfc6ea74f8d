"""pgteller: a bank ledger that lives in PostgreSQL.

`pgteller.Client` and `pgteller.Direct` are the bank for Python programs, see `pgteller.client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgteller.client import Client, Direct, RefusedError, UnknownOutcomeError

__version__ = "0.2.0"
__all__ = ["Client", "Direct", "RefusedError", "UnknownOutcomeError", "__version__"]


def __getattr__(name: str) -> object:
    """Import the client when it is asked for: whoever wants something else waits for less."""
    if name not in __all__:
        raise AttributeError(f"module 'pgteller' has no attribute {name!r}")
    from pgteller import client  # noqa: PLC0415

    return getattr(client, name)
