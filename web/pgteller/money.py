"""Minor units as people read them."""

from __future__ import annotations


def major(amount: int, exponent: int, thousands: str = "", point: str = ".") -> str:
    """-123456 as -1234.56, exactly; with its exponent's number of decimals."""
    digits = str(abs(amount)).rjust(exponent + 1, "0")
    whole, decimals = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    whole = f"{int(whole):,}".replace(",", thousands)
    return ("-" if amount < 0 else "") + whole + (point + decimals if decimals else "")
