"""Every transaction's legs, one after the other: are they numbered 1, 2, 3 ...?

Credits that are collected are legs here like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import ge

from web.outside.findings import Findings
from web.outside.session import OutsideError, Session
from web.outside.wire import escaped

LEGS = "ledger.ledger_transactions"
CREDITS = "ledger.collected_credits"


@dataclass
class Numbers:
    """The legs of a range of transactions, in the order of transaction_id and leg."""

    findings: Findings
    transaction: int = 0
    leg: int = 0

    def read(self, session: Session, lower: int | None, upper: int | None) -> None:
        """All of them."""
        bounds = "true"
        if lower is not None:
            bounds += f" AND t.transaction_id >= {lower}"
        if upper is not None:
            bounds += f" AND t.transaction_id < {upper}"
        wrong: dict[int, tuple[int, int]] = {}
        for lines in session.blocks(
            " UNION ALL ".join(
                f"SELECT t.transaction_id, t.leg FROM {table} AS t WHERE {bounds}"
                for table in (LEGS, CREDITS)
            )
            + " ORDER BY 1, 2"
        ):
            self._block(lines, wrong)
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

    def _block(self, lines: list[bytes], wrong: dict[int, tuple[int, int]]) -> None:
        rows = [line.split(b"\t") for line in lines]
        transactions = [int(transaction) for transaction, _ in rows]
        legs = [int(leg) for _, leg in rows]
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
