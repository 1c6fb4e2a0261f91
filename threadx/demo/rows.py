"""Bars as the exchange keeps them: decimal numbers, exact, in integer arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threadx.demo.noise import Floats, Ints

__all__ = ["AMOUNTS", "MINUTE_MS", "NO_ROWS", "PRICES", "UNIT", "Rows", "concat", "decimal_text", "split_decimal"]

MINUTE_MS = 60_000
UNIT = 10**8
"""Eight decimals: what the exchange sends."""
PRICES = ("open", "high", "low", "close")
AMOUNTS = ("volume", "quote_volume", "taker_buy_base", "taker_buy_quote")


@dataclass(frozen=True, slots=True)
class Rows:
    """Some bars of one symbol and interval, ascending by open time.

    Attributes:
        open_time: int64 ms, UTC, shape (n,).
        close_time: int64 ms, the last millisecond of the bar, or earlier where the engine stopped.
        prices: int64 in units of 1e-8, shape (4, n), in the order of `PRICES`.
        amounts: int64, shape (4, 2, n), in the order of `AMOUNTS`: whole part and the 1e-8 parts. Two numbers,
            because a day's volume of a cheap coin in units of 1e-8 does not fit into 64 bits.
        trades: int64, shape (n,).
    """

    open_time: Ints
    close_time: Ints
    prices: Ints
    amounts: Ints
    trades: Ints

    def __len__(self) -> int:
        return len(self.open_time)

    def take(self, index: slice | Ints | NDArray[np.bool_]) -> Rows:
        """Return the rows at `index`."""
        return Rows(
            self.open_time[index],
            self.close_time[index],
            self.prices[:, index],
            self.amounts[:, :, index],
            self.trades[index],
        )

    @property
    def traded(self) -> NDArray[np.bool_]:
        """Which rows have volume."""
        return np.asarray((self.amounts[0, 0] | self.amounts[0, 1]) != 0)

    def columns(self) -> dict[str, Ints | Floats]:
        """Return the bars as equal-length arrays: `open_time` (int64 ms), values as float() reads what is sent."""
        named: dict[str, Ints | Floats] = {"open_time": self.open_time}
        named |= {name: self.prices[i] / UNIT for i, name in enumerate(PRICES)}
        named |= {name: _joined(*self.amounts[i]) for i, name in enumerate(AMOUNTS)}
        return named | {"trades": self.trades}


NO_ROWS = Rows(*(np.zeros(shape, np.int64) for shape in (0, 0, (4, 0), (4, 2, 0), 0)))


def concat(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts in their order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NO_ROWS
    return Rows(
        np.concatenate([part.open_time for part in parts]),
        np.concatenate([part.close_time for part in parts]),
        np.concatenate([part.prices for part in parts], axis=1),
        np.concatenate([part.amounts for part in parts], axis=2),
        np.concatenate([part.trades for part in parts]),
    )


def decimal_text(units: int) -> str:
    """Return a number of 1e-8 units as text with 8 decimals."""
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // UNIT}.{abs(units) % UNIT:08d}"


def split_decimal(values: Floats) -> tuple[Ints, Ints]:
    """Return whole part and 1e-8 parts (never negative) of numbers rounded to 8 decimals."""
    whole = np.floor(values)
    parts = np.rint((values - whole) * UNIT).astype(np.int64)
    carry = parts >= UNIT
    return whole.astype(np.int64) + carry, parts - carry * UNIT


def _joined(whole: Ints, parts: Ints) -> Floats:
    # below 2**53 the quotient of two exact numbers is the double nearest to the decimal number
    values = (whole * UNIT + parts) / UNIT
    for i in np.flatnonzero(whole >= 2**53 // UNIT):
        values[i] = float(f"{whole[i]}.{parts[i]:08d}")
    return np.asarray(values, dtype=np.float64)
