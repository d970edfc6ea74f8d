"""What is hashed: rule 1 of legs, and what seals an idempotency key. See docs/proof.md.

Values come as fields of COPY. Whole columns are turned at once: most work is done by the
interpreter's own loops, which makes it fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from pgteller.outside.wire import NULL, plain

# Texts and JSON stand as SQL literals, all others as they are.
REPEATED = {"account_id", "operation", "contra_account_id", "actor", "on_behalf_of"}
TEXTS = {"payment_ref", "metadata", "posting_metadata", "details"}
OPTIONAL = {"value_at", "refers_to", "folded_in"}  # of the numbers
# What a leg's hash covers, in this order.
COVERED = (
    *("account_id", "version", "transaction_id", "leg", "timestamp", "value_at", "recorded_at"),
    *("operation", "amount", "balance_after", "held_after", "pending_cashback_after"),
    *("overdraft_limit_after", "contra_account_id", "payment_ref", "refers_to", "folded_in"),
    *("actor", "on_behalf_of", "metadata", "posting_metadata", "details", "key_hash"),
)
_LITERALS_KEPT = 20_000

CLOCKS_APART = 60_000  # ms by which clocks may differ: of servers, and of who verifies


def literal(field: bytes) -> bytes:
    """The SQL literal of a text, as format's %L writes it."""
    if field == NULL:
        return b"NULL"
    if b"\\" in field:
        value = plain(field).replace(b"'", b"''")
        if b"\\" in value:
            return b"E'%b'" % value.replace(b"\\", rb"\\")
        return b"'%b'" % value
    if b"'" in field:
        return b"'%b'" % field.replace(b"'", b"''")
    return b"'%b'" % field


def _number(field: bytes) -> bytes:
    return b"" if field == NULL else field


def hexadecimal(field: bytes) -> bytes:
    r"""The digits of a bytea, which comes as \x..., its backslash doubled."""
    return b"" if field == NULL else field[3:]


class _Literals(dict[bytes, bytes]):
    """Literals of what comes again and again."""

    def __missing__(self, field: bytes) -> bytes:
        if len(self) >= _LITERALS_KEPT:
            self.clear()
        found = self[field] = literal(field)
        return found


_literals = _Literals()


def contents(columns: Sequence[Sequence[bytes]]) -> list[bytes]:
    """What the hashes of legs cover besides the one before, from the columns of COVERED."""
    turned: list[Iterable[bytes]] = []
    count = len(columns[0])
    for name, column in zip(COVERED, columns, strict=True):
        if name in REPEATED:
            turned.append(map(_literals.__getitem__, column))
        elif name in TEXTS:
            empty = column.count(NULL) == count
            turned.append([b"NULL"] * count if empty else map(literal, column))
        elif name == "key_hash":
            empty = column.count(NULL) == count
            turned.append([b""] * count if empty else map(hexadecimal, column))
        elif name in OPTIONAL and NULL in column:
            empty = column.count(NULL) == count
            turned.append([b""] * count if empty else map(_number, column))
        else:
            turned.append(column)
    return list(map(b",".join, zip(*turned, strict=True)))


def key_hash(  # noqa: PLR0913, PLR0917
    owner: bytes, key: bytes, operation: bytes, request: bytes, response: bytes, created_at: bytes
) -> bytes:
    """What seals a key, the request that it stands for and the answer, in hexadecimal."""
    covered = (
        literal(owner),
        literal(key),
        literal(operation),
        hexadecimal(request),
        literal(response),
        b"" if created_at == NULL else created_at,
    )
    return sha256(b",".join(covered)).hexdigest().encode()
