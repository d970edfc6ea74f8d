"""How much JSON may hold: looked at in its bytes, before anything is made of them.

Bytes are few where what they stand for is much: a list of empty lists takes twenty times as much
memory in Python as in transit, and a number such as 1e131071 has 131 072 digits in PostgreSQL. What
a single value may be is the bank's to say; these bounds only keep that affordable.
"""

from __future__ import annotations

MOST_VALUES = 300_000  # members, elements, objects and arrays: thirty for each item of a batch
MOST_LEVELS = 40  # metadata may have 32, and stand four deep
MOST_EXPONENT = 999
MOST_DIGITS = 1_000_000  # that all the exponents together stand for

_BRACKETS = bytes.maketrans(b"[{]}", b"(())")
_OTHERS = bytes(set(range(256)) - set(b"[{]}"))


class TooMuchError(Exception):
    """The JSON is more than is read; the message says what is too much."""


class TooManyValuesError(TooMuchError):
    """It is so by their number, as a body is by its bytes."""


def check(raw: bytes) -> None:
    """Refuse what has too many values or levels."""
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets <= MOST_LEVELS and brackets + raw.count(b",") <= MOST_VALUES:
        return  # even if none of them stands in a text
    quoted = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    too_many = TooManyValuesError(f"Send {MOST_VALUES} values at most.")
    if quoted.count(b'"') > 4 * MOST_VALUES:  # a value has a name and a text at most
        raise too_many
    bare = b"".join(quoted.split(b'"')[::2])
    if bare.count(b"[") + bare.count(b"{") + bare.count(b",") > MOST_VALUES:
        raise too_many
    nested = bare.translate(_BRACKETS, _OTHERS)
    for _ in range(MOST_LEVELS):
        if b"()" not in nested:
            return
        nested = nested.replace(b"()", b"")  # the innermost level
    if b"()" in nested:
        raise TooMuchError(f"Nest values {MOST_LEVELS} levels deep at most.")


class Numbers:
    """The numbers of a document that have a point or an exponent, seen one by one."""

    def __init__(self) -> None:
        self.digits = 0

    def see(self, text: str) -> str:
        """The number as it is, unless its exponent is too large, or all of them together are."""
        exponent = text.lower().partition("e")[2].lstrip("+-0") or "0"
        if len(exponent) > len(str(MOST_EXPONENT)):
            raise TooMuchError(f"Give numbers exponents of -{MOST_EXPONENT} to {MOST_EXPONENT}.")
        self.digits += int(exponent)
        if self.digits > MOST_DIGITS:
            raise TooMuchError(f"Give exponents that stand for {MOST_DIGITS} digits at most.")
        return text
