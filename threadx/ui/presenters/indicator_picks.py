"""Which indicators of which bars are to be kept up to date: what is ticked, and the files that this means. No Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from threadx.config_rules import TIMEFRAME_NAMES
from threadx.ui.presenters.indicator_words import label

if TYPE_CHECKING:
    from threadx.indicators.choices import Choice

__all__ = ["Pick", "Work", "batches", "file_key", "in_order", "pick_of", "place_of", "word_of"]


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
    return tuple(sorted(set(timeframes), key=place_of))


def place_of(timeframe: str) -> int:
    """Return where a timeframe stands among all, from the shortest; an unknown one comes last."""
    return TIMEFRAME_NAMES.index(timeframe) if timeframe in TIMEFRAME_NAMES else len(TIMEFRAME_NAMES)
