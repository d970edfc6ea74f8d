"""What happens at the demo bank, one call of a function each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Step:
    """A call at a moment.

    An id that the bank will draw is not known here: `name` names this step for those that follow,
    and `refers` says of which step's receipt they take an argument.  `by` is the key or clerk that
    it is done for; `refused` the code with which the bank says no, where that is meant.
    """

    at: int
    function: str
    arguments: Json
    name: str = ""
    refers: dict[str, str] = field(default_factory=dict)
    by: str = ""
    refused: str = ""
