"""Minor units and milliseconds as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def major(amount: int, exponent: int, thousands: str = "") -> str:
    """-123456 as -1234.56, exactly; with its exponent's number of decimals."""
    digits = str(abs(amount)).rjust(exponent + 1, "0")
    whole, decimals = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    whole = f"{int(whole):,}".replace(",", thousands)
    return ("-" if amount < 0 else "") + whole + ("." + decimals if decimals else "")


def moment(milliseconds: int) -> str:
    """The time in UTC by ISO 8601; nothing after the year 9999, where that has no name for it."""
    try:
        time = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03}Z"
