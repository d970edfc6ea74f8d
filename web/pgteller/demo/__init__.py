"""A bank to look at: a ledger of its own with three months of invented life in it.

`story` makes up what happened, `fill` posts it, `ledger` makes the ledger and throws it away.
"""

from __future__ import annotations

NAME = "demo"  # of its ledger, where nobody says otherwise
