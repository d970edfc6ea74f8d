"""Every transaction's legs, one after the other: are they numbered 1, 2, 3 ..., and have events?

Credits that are collected are legs here like any other; events tell of them once they are folded,
under the id that this drew.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import ge

from pgteller.outside.facts import Facts
from pgteller.outside.findings import SAMPLES, Findings
from pgteller.outside.rooms.events import Numbered
from pgteller.outside.session import OutsideError, Session
from pgteller.outside.wire import NULL, escaped

LEGS = "ledger.ledger_transactions"
CREDITS = "ledger.collected_credits"


def _between(column: str, lower: int | None, upper: int | None) -> str:
    bounds = f"{column} IS NOT NULL"
    if lower is not None:
        bounds += f" AND {column} >= {lower}"
    if upper is not None:
        bounds += f" AND {column} < {upper}"
    return bounds


@dataclass
class Numbers:
    """The legs of a range of transactions, in the order of transaction_id and leg."""

    findings: Findings
    facts: Facts
    transaction: int = 0
    leg: int = 0

    def read(self, session: Session, lower: int | None, upper: int | None) -> None:
        """All of them."""
        bounds = _between("t.transaction_id", lower, upper)
        numbered = Numbered(session, lower, upper)
        wrong: dict[int, tuple[int, int]] = {}
        untold: dict[int, int] = {}
        for lines in session.blocks(
            f"SELECT t.transaction_id, t.leg, t.folded_in FROM {LEGS} AS t WHERE {bounds} "
            f"UNION ALL SELECT t.transaction_id, t.leg, 0::bigint FROM {CREDITS} AS t "
            f"WHERE {bounds} ORDER BY 1, 2"
        ):
            if ids := self._block(lines, wrong):
                untold.update(numbered.hear(ids, self.facts))
        for lines in session.blocks(
            f"SELECT t.folded_in FROM {LEGS} AS t "
            f"WHERE {_between('t.folded_in', lower, upper)} ORDER BY t.folded_in"
        ):
            untold.update(numbered.hear([int(line) for line in lines], self.facts))
        # The same legs as those that were read by account: what is in one index is in the other.
        for lines in session.blocks(f"SELECT t.transaction_id FROM {CREDITS} AS t WHERE {bounds}"):
            self._count([int(line) for line in lines], 1)
        for transaction, (leg, expected) in wrong.items():
            account = self._account(session, transaction) if len(wrong) < 1000 else ""
            self.findings.wrong(
                "legs_numbered",
                escaped(account.encode()),
                transaction_id=transaction,
                leg=leg,
                expected=expected,
            )

        for told, (id_, batches) in enumerate(untold.items()):
            account = self._account(session, id_) if told < SAMPLES else ""
            # What is told again comes after what follows it.
            for check in ("legs_have_events", "events_in_order")[: 1 + (batches > 1)]:
                found = {"transaction_id": id_, "batches": batches}
                self.findings.wrong(check, escaped(account.encode()), **found)

    def _block(self, lines: list[bytes], wrong: dict[int, tuple[int, int]]) -> list[int]:
        """Look at the next legs; the ids of those that were not collected."""
        rows = [line.split(b"\t") for line in lines]
        transactions = [int(transaction) for transaction, _, _ in rows]
        legs = [int(leg) for _, leg, _ in rows]
        folded = [folded_in for _, _, folded_in in rows]
        self._count(transactions, -1)
        before = [self.transaction, *transactions[:-1]]
        if not all(map(ge, transactions, before)):
            raise OutsideError("The server does not give legs in the order of transaction_id.")
        expected = [
            leg + 1 if transaction == last else 1
            for transaction, last, leg in zip(
                transactions, before, [self.leg, *legs[:-1]], strict=True
            )
        ]
        if legs != expected:
            for transaction, leg, should_be in zip(transactions, legs, expected, strict=True):
                if leg != should_be:
                    wrong.setdefault(transaction, (leg, should_be))
        self.transaction, self.leg = transactions[-1], legs[-1]
        if folded.count(NULL) == len(folded):
            return transactions
        return [own for own, by in zip(transactions, folded, strict=True) if by == NULL]

    def _count(self, transactions: list[int], sign: int) -> None:
        sums = self.findings.legs_sum
        sums["legs"] += sign * len(transactions)
        sums["transaction_ids"] += sign * sum(transactions)

    @staticmethod
    def _account(session: Session, transaction: int) -> str:
        """Some account that it is about."""
        found = session.rows(
            " UNION ALL ".join(
                f"SELECT t.account_id FROM {table} AS t WHERE t.transaction_id = %s"
                for table in (LEGS, CREDITS)
            )
            + " ORDER BY 1 LIMIT 1",
            [transaction, transaction],
        )
        return str(found[0][0]) if found else ""
