"""Load a file of operations, one JSON object per line, through batches over several connections.

Safe to repeat. Each line is posted under an idempotency key, its own or one made of the import's
name and of what the line says (see `import_lines`), so that it does not matter where an earlier run
stopped, what was changed in the file since, nor with how many connections or how large batches.
What was refused then is tried again.

The order of the file is kept where it matters. The file is taken in windows; within a window, lines
that have an account in common, be it through others, go over one connection, in order; and a window
begins when the one before is done. So the outcome is that of one line after the other. Where
everybody pays everybody that leaves one connection to work, which is the price.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from pgteller.imports.lines import Chain, Keys, Line, keyed
from pgteller.pool import Pool
from pgteller.shell import db
from pgteller.shell.errors import is_unusable_value
from pgteller.shell.shapes import MOST

INVALID_BATCH = "TL041"
ACCOUNTS = ("account_id", "source_account_id", "target_account_id", "merchant_account_id")
HIDING = ("hold_id", "payment_id", "transaction_id", "postings")  # what has accounts of its own


@dataclass
class Counts:
    """What became of the lines so far."""

    posted: int = 0
    replayed: int = 0
    refused: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        """Both together."""
        self.posted += other.posted
        self.replayed += other.replayed
        self.refused += other.refused
        return self

    @property
    def all(self) -> int:
        """How many lines that is."""
        return self.posted + self.replayed + self.refused


@dataclass
class Loader:
    """How to post a file."""

    pool: Pool
    name: str
    connections: int
    batch_size: int

    def load(self, path: Path, refusals: Path) -> Iterator[Counts]:
        """Post the lines of the file; tell after each window what became of it."""
        with (
            refusals.open("w", encoding="utf-8") as refused,
            ThreadPoolExecutor(self.connections) as threads,
        ):
            chains = keyed(path, Keys(self.name))
            sent: list[Chain] = []
            under_way: list[Future[Counts]] = []
            for window in windows(chains, self.connections * self.batch_size):
                shares = divided([chain for chain in window if fits(chain)], self.connections)
                # All this was read and sorted while the window before was being posted.
                yield finished(sent, under_way, refused, path.name)
                sent = window
                under_way = [threads.submit(self.post_share, share) for share in shares if share]
            yield finished(sent, under_way, refused, path.name)

    def post_share(self, chains: list[Chain]) -> Counts:
        """Post the chains, batch by batch."""
        counts = Counts()
        for batch in windows(chains, self.batch_size):
            counts += self.post(batch)
        return counts

    def post(self, chains: list[Chain]) -> Counts:
        """Post a batch. What PostgreSQL cannot even read is found by halves and refused."""
        lines = [line for chain in chains for line in chain]
        try:
            result = db.load_batch(self.pool, f"[{','.join(map(with_key, lines))}]")
        except psycopg.Error as error:
            refused = error.sqlstate == INVALID_BATCH
            if not refused and not is_unusable_value(error):
                raise
            if len(chains) > 1:
                counts = self.post(chains[: len(chains) // 2])
                counts += self.post(chains[len(chains) // 2 :])
                return counts
            refusal = json.loads(error.diag.message_detail or "{}") if refused else {}
            reason = refusal.get("reason", error.diag.message_primary)
            for line in lines:
                line.refuse("invalid_request", {"detail": reason})
            return Counts()
        for refusal in result["refusals"]:
            lines[refusal["item"] - 1].refuse(refusal["code"], refusal["detail"])
        return Counts(posted=result["posted"], replayed=result["replayed"])


def finished(
    sent: list[Chain], under_way: list[Future[Counts]], refused: IO[str], file: str
) -> Counts:
    """Wait for what was sent of the file; write down what was refused."""
    counts = Counts()
    for future in under_way:
        counts += future.result()
    lines = [line for chain in sent for line in chain if line.code]
    counts.refused = len(lines)
    refused.writelines(line.refusal(file) for line in lines)
    refused.flush()
    return counts


def windows(chains: Iterable[Chain], lines: int) -> Iterator[list[Chain]]:
    """The chains in parts of so many lines, or less; more only for a chain that is longer."""
    part: list[Chain] = []
    count = 0
    for chain in chains:
        if part and count + len(chain) > lines:
            yield part
            part, count = [], 0
        part.append(chain)
        count += len(chain)
    if part:
        yield part


def fits(chain: Chain) -> bool:
    """Whether it can be posted at all; if not, its lines say why."""
    if len(chain) > MOST:
        for line in chain:
            line.refuse("invalid_batch", {"reason": f"more than {MOST} lines are linked"})
    elif any(line.code for line in chain):
        for line in chain:
            line.refuse("linked_failed")
    return not chain[0].code


def divided(chains: list[Chain], shares: int) -> list[list[Chain]]:
    """The chains in shares that have no account in common, each in the order of the file.

    Where a line does not say which accounts it touches, the others must keep their order to it.
    """
    if any(hasattr(line.item, name) for chain in chains for line in chain for name in HIDING):
        return [chains, *([] for _ in range(shares - 1))]
    parents: dict[str, str] = {}

    def root(account: str) -> str:
        while (parent := parents.setdefault(account, account)) != account:
            parents[account] = parents[parent]  # shortens the way for those who come later
            account = parents[account]
        return account

    firsts = []
    for chain in chains:
        names = [getattr(line.item, name, None) for line in chain for name in ACCOUNTS]
        accounts = [name for name in names if name is not None]
        for account in accounts[1:]:
            parents[root(account)] = root(accounts[0])
        firsts.append(accounts[0])

    groups: dict[str, list[int]] = {}
    for place, first in enumerate(firsts):
        groups.setdefault(root(first), []).append(place)
    places: list[list[int]] = [[] for _ in range(shares)]
    for group in sorted(groups.values(), key=len, reverse=True):
        min(places, key=len).extend(group)
    return [[chains[place] for place in sorted(share)] for share in places]


def with_key(line: Line) -> str:
    """The line as it is, and after all else its own key, or else ours: the last one counts."""
    own = line.item.idempotency_key
    key = line.key if own is None else own
    return f'{line.text[:-1]}, "idempotency_key": {json.dumps(key)}}}'
