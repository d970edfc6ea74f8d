"""Load a file of operations, one JSON object per line, through batches over several connections.

Safe to repeat. Each line is posted under an idempotency key, its own or one made of the import's
name and the line's number, so that it does not matter where an earlier run stopped, nor with how
many connections or how large batches. What was refused then is tried again.

The order of the file is kept where it matters. The file is taken in windows; within a window, lines
that have an account in common, be it through others, go over one connection, in order; and a window
begins when the one before is done. So the outcome is that of one line after the other. Where
everybody pays everybody that leaves one connection to work, which is the price.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg

from web import db, parsing
from web.errors import ProblemError, is_unusable_value
from web.pool import Pool
from web.shapes import ITEM, MOST

INVALID_BATCH = "TL041"
ACCOUNTS = ("account_id", "source_account_id", "target_account_id", "merchant_account_id")
HIDING = ("hold_id", "payment_id", "transaction_id", "postings")  # what has accounts of its own


@dataclass
class Line:
    """One line of the file, and the code and numbers of its refusal, if there is one."""

    number: int
    text: str
    item: Any = None
    code: str = ""
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def accounts(self) -> list[str]:
        """Whom it touches."""
        names = (getattr(self.item, name, None) for name in ACCOUNTS)
        return [name for name in names if name is not None]

    @property
    def tells_accounts(self) -> bool:
        """Whether that is all it touches."""
        return not any(hasattr(self.item, name) for name in HIDING)

    def refuse(self, code: str, detail: dict[str, Any] | None = None) -> None:
        """Note why it was not posted."""
        self.code, self.detail = code, detail or {}

    def refusal(self) -> str:
        """As it stands in the file of refusals."""
        item: Any = self.text
        if self.code != "malformed_json":
            item = json.loads(self.text)
        told = {"line": self.number, "code": self.code, "detail": self.detail, "item": item}
        return json.dumps(told, ensure_ascii=False) + "\n"


Chain = list[Line]  # lines linked to each other


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


def survey(path: Path) -> tuple[int, str]:
    """How many lines the file has, and a name for exactly its content."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        for line in file:
            digest.update(line)
            lines += not line.isspace()
    return lines, digest.hexdigest()[:16]


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
            path.open("rb") as file,
            refusals.open("w", encoding="utf-8") as refused,
            ThreadPoolExecutor(self.connections) as threads,
        ):
            chains = chains_of(lines_of(file, self.name))
            sent: list[Chain] = []
            under_way: list[Future[Counts]] = []
            for window in windows(chains, self.connections * self.batch_size):
                shares = divided([chain for chain in window if fits(chain)], self.connections)
                # All this was read and sorted while the window before was being posted.
                yield finished(sent, under_way, refused)
                sent = window
                under_way = [threads.submit(self.post_share, share) for share in shares if share]
            yield finished(sent, under_way, refused)

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


def finished(sent: list[Chain], under_way: list[Future[Counts]], refused: IO[str]) -> Counts:
    """Wait for what was sent; write down what was refused."""
    counts = Counts()
    for future in under_way:
        counts += future.result()
    lines = [line for chain in sent for line in chain if line.code]
    counts.refused = len(lines)
    refused.writelines(line.refusal() for line in lines)
    refused.flush()
    return counts


def lines_of(file: Iterable[bytes], name: str) -> Iterator[Line]:
    """The lines that are not empty, checked, with a key."""
    for number, raw in enumerate(file, 1):
        if raw.isspace():
            continue
        line = Line(number, raw.decode(errors="replace").strip())
        try:
            line.item = parsing.item(raw, ITEM)
        except ProblemError as problem:
            line.refuse(problem.name, {"detail": problem.detail, **problem.members})
        else:
            if line.item.idempotency_key is None:
                line.item.idempotency_key = f"{name}:{number}"
        yield line


def chains_of(lines: Iterable[Line]) -> Iterator[Chain]:
    """Lines together with those that they are linked to."""
    chain: Chain = []
    for line in lines:
        chain.append(line)
        if line.item is None or not line.item.linked:
            yield chain
            chain = []
    if chain:
        chain[-1].refuse("invalid_request", {"detail": "The last line is linked to nothing."})
        yield chain


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
            if not line.code:
                line.refuse("linked_failed")
    return not chain[0].code


def divided(chains: list[Chain], shares: int) -> list[list[Chain]]:
    """The chains in shares that have no account in common, each in the order of the file.

    Where a line does not say which accounts it touches, the others must keep their order to it.
    """
    if not all(line.tells_accounts for chain in chains for line in chain):
        return [chains, *([] for _ in range(shares - 1))]
    parents: dict[str, str] = {}

    def root(account: str) -> str:
        while (parent := parents.setdefault(account, account)) != account:
            parents[account] = parents[parent]  # shortens the way for those who come later
            account = parents[account]
        return account

    firsts = []
    for chain in chains:
        accounts = [account for line in chain for account in line.accounts]
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
    """The line as it is, and its key after all else: where it has one, the last one counts."""
    return f'{line.text[:-1]}, "idempotency_key": {json.dumps(line.item.idempotency_key)}}}'
