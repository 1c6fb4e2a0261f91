"""Which indicators of which bars are to be kept up to date: what is ticked, and the files that this means. No Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from threadx.ui.presenters.indicator_words import label

if TYPE_CHECKING:
    from threadx.indicators.choices import Choice

__all__ = ["TIMEFRAMES", "Pick", "Work", "batches", "file_key", "in_order", "pick_of", "word_of"]

TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1mo")


@dataclass(frozen=True, slots=True)
class Pick:
    """An indicator with its parameters that can be ticked."""

    word: str
    """As jobs take it: "ema:period=20"."""
    name: str
    params: Mapping[str, Any] = field(hash=False)
    """Every parameter but the timeframe, in the indicator's order."""
    stem: str
    """What its file is called."""
    own: bool = False
    """Added by the user, who can take it away again."""
    core: bool = False

    @property
    def label(self) -> str:
        """What stands beside the tick."""
        return label(self.name, self.params)


@dataclass(frozen=True, slots=True)
class Work:
    """One file that is wanted."""

    provider: str
    symbol: str
    timeframe: str
    pick: Pick

    @property
    def key(self) -> str:
        """Names its row among all others."""
        return file_key(self.provider, self.symbol, self.timeframe, self.pick.stem)


def file_key(provider: str, symbol: str, timeframe: str, stem: str) -> str:
    """Return what names a file among all others."""
    return f"{provider}/{symbol}/{timeframe}/{stem}"


def word_of(name: str, params: Mapping[str, Any]) -> str:
    """Return an indicator with its parameters in one word, as jobs take it; the timeframe is that of the bars."""
    own = ((key, value) for key, value in params.items() if key != "timeframe")
    return ":".join([name, *(f"{key}={'none' if value is None else value}" for key, value in own)])


def pick_of(choice: Choice, full: Mapping[str, Any], stem: str, *, own: bool = False, core: bool = False) -> Pick:
    """Return a choice of the engine as something to tick; `full` has all parameters."""
    params = {key: value for key, value in full.items() if key != "timeframe"}
    return Pick(word_of(choice.name, params), choice.name, params, stem, own=own, core=core)


def batches(work: Iterable[Work]) -> list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Return as few jobs as do exactly this: (provider, symbols, words, timeframes) each."""
    words: dict[tuple[str, str, str], list[str]] = {}
    for each in work:
        words.setdefault((each.provider, each.symbol, each.timeframe), []).append(each.pick.word)
    frames: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (provider, symbol, timeframe), some in words.items():
        frames.setdefault((provider, symbol, tuple(some)), []).append(timeframe)
    symbols: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (provider, symbol, some_words), some in frames.items():
        symbols.setdefault((provider, some_words, tuple(some)), []).append(symbol)
    return [(provider, tuple(some), each, spans) for (provider, each, spans), some in symbols.items()]


def in_order(timeframes: Iterable[str]) -> tuple[str, ...]:
    """Return timeframes from the shortest to the longest."""
    known: Sequence[str] = TIMEFRAMES
    return tuple(sorted(set(timeframes), key=lambda name: known.index(name) if name in known else len(known)))
