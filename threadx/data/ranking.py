"""The largest symbols: what was known of each pair, put into one order. Pure.

The order joins two ranks: by market capitalisation and by 24-hour quote volume, both among the pairs that take part.
The score is their mean, the smallest first. A pair whose capitalisation is not known takes the last rank by it. Equal
scores go by volume rank, then by name: the same facts always give the same order. Where no capitalisation is known at
all, volume alone decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload

from threadx.data.plan import Note
from threadx.exchange.markets import CoinMarket
from threadx.i18n import N_

__all__ = ["Basis", "Candidate", "Exclusion", "Ranking", "Token", "ranked"]


class Basis(StrEnum):
    """What a ranking rests on."""

    CAP_AND_VOLUME = N_("market capitalisation and volume")
    """Live, both were to be had."""
    VOLUME = N_("volume")
    """Live, CoinGecko could not be asked or knew none of the pairs."""
    SNAPSHOT = N_("snapshot")
    """What was published on the day that was asked about."""
    BANK = N_("the bank's own volume")
    """Of a past day without a snapshot: the quote volume of the stored bars before its end."""


BY_BOTH = N_(
    "order: the mean of the ranks by market capitalisation and by 24-hour volume; ties by volume, then by name"
)
BY_VOLUME = N_("order: by 24-hour volume, ties by name")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pair that takes part."""

    symbol: str
    base: str
    quote: str
    volume: float
    """In the quote asset, over 24 hours."""
    price: float
    """The last one, in the quote asset."""
    coin: CoinMarket | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One symbol and its place."""

    rank: int
    """From 1."""
    symbol: str
    base: str
    quote: str
    id: str
    """CoinGecko's; "" where no coin was found."""
    name: str
    market_cap: float | None
    """US dollars."""
    cap_rank: int | None
    """Among the pairs that took part."""
    volume: float
    """24-hour quote volume."""
    volume_rank: int
    price: float
    score: float
    """Mean of both ranks; the volume rank where nothing is known of capitalisation."""

    @property
    def reason(self) -> str:
        """Why it stands where it stands, in English."""
        cap = (
            "no market capitalisation known" if self.cap_rank is None else f"market capitalisation no. {self.cap_rank}"
        )
        return f"{cap}, volume no. {self.volume_rank}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One pair that was left out, and why."""

    symbol: str
    base: str
    reason: Note


@dataclass(frozen=True, slots=True)
class Ranking(Sequence[Token]):
    """The largest symbols, in order; a sequence of `Token`."""

    tokens: tuple[Token, ...]
    basis: Basis
    quote: str
    limit: int
    """How many were asked for."""
    made_ms: int
    """What was known when: UTC ms. Of a past day, its end."""
    provider: str = ""
    """Whose pairs they are."""
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[Note, ...] = ()
    """What the reader should know: fewer than asked for, CoinGecko not reachable, which snapshot."""
    rest: tuple[Token, ...] = field(default=(), repr=False)
    """The pairs after the last one asked for, in order."""
    stamp: str = ""
    """The snapshot it was published in, or was read from; "" for none."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols, the largest first."""
        return tuple(token.symbol for token in self.tokens)

    @property
    def order(self) -> str:
        """How the order came about, in English; `N_` has it for translation."""
        return BY_BOTH if self.has_caps else BY_VOLUME

    @property
    def has_caps(self) -> bool:
        """Whether any of it comes from CoinGecko, which then must be named wherever it is shown."""
        return any(token.market_cap is not None for token in (*self.tokens, *self.rest))

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Token, ...]: ...
    def __getitem__(self, index: int | slice) -> Token | tuple[Token, ...]:
        return self.tokens[index]


def ranked(candidates: Sequence[Candidate]) -> tuple[Token, ...]:
    """Return all candidates in order, whatever order they come in."""
    by_volume = _places(candidates, {each.symbol: each.volume for each in candidates})
    caps = {each.symbol: each.coin.market_cap for each in candidates if each.coin is not None}
    by_cap = _places(candidates, {symbol: cap for symbol, cap in caps.items() if cap is not None})
    last = len(candidates)

    def score(each: Candidate) -> float:
        volume = by_volume[each.symbol]
        return (by_cap.get(each.symbol, last) + volume) / 2 if by_cap else float(volume)

    ordered = sorted(candidates, key=lambda each: (score(each), by_volume[each.symbol], each.symbol))
    return tuple(
        Token(
            rank=place,
            symbol=each.symbol,
            base=each.base,
            quote=each.quote,
            id="" if each.coin is None else each.coin.id,
            name=each.base if each.coin is None else each.coin.name,
            market_cap=caps.get(each.symbol),
            cap_rank=by_cap.get(each.symbol),
            volume=each.volume,
            volume_rank=by_volume[each.symbol],
            price=each.price,
            score=score(each),
        )
        for place, each in enumerate(ordered, start=1)
    )


def _places(candidates: Sequence[Candidate], sizes: Mapping[str, float]) -> dict[str, int]:
    """Return the place of each symbol that has a size, the largest first; equal ones by name."""
    known = sorted((each.symbol for each in candidates if each.symbol in sizes), key=lambda name: (-sizes[name], name))
    return {symbol: place for place, symbol in enumerate(known, start=1)}
