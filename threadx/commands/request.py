"""What every command needs to know, worked out once from the flags and the settings."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from threadx import config_rules as rules
from threadx.bars.dates import range_ms
from threadx.bars.timeframe import Timeframe
from threadx.bridge import ThreadXBridge
from threadx.config import Settings, Source
from threadx.data.pipeline import Choice
from threadx.data.selection import published
from threadx.data.symbols import group_name, group_symbols
from threadx.errors import ConfigError, DataError, DataNotFoundError, FileValidationError
from threadx.progress import NULL_PROGRESS, Progress

if TYPE_CHECKING:  # loads pandas
    from threadx.bridge.engine import Engine

__all__ = [
    "DEMO",
    "LEVELS",
    "Request",
    "apply_flags",
    "as_usage",
    "choice_of",
    "level_of",
    "one_symbol",
    "range_of",
    "some_symbols",
    "symbols_of",
    "timeframes_of",
    "top_of",
    "wanted_symbols",
]

DEMO = "demo"
"""Provider of bars that come from the embedded exchange or from a server named with `--source`."""
_FAR_MS = 1 << 62
LEVELS = ("quick", "normal", "full", "deep")
"""Of `--level`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the command line: the flags as given, and what works on their behalf."""

    flags: argparse.Namespace
    bridge: ThreadXBridge
    """Made of the settings with the flags applied."""

    @property
    def settings(self) -> Settings:
        """The settings with the flags applied."""
        return self.bridge.settings

    @property
    def engine(self) -> Engine:
        """Source, bank and their verbs; loaded at the first call."""
        return self.bridge.engine()

    @property
    def provider(self) -> str:
        """The provider whose bars are meant."""
        return self.settings.source.name

    @property
    def only_provider(self) -> str | None:
        """The provider that a flag names; None: all of them."""
        flags = self.flags
        named = flags.provider is not None or flags.source is not None or flags.demo
        return self.provider if named else None


def apply_flags(settings: Settings, flags: argparse.Namespace) -> Settings:
    """Return `settings` with `--data-root`, `--quote`, `--source`, `--demo` and `--provider` applied.

    Raises:
        ConfigError: flags that exclude each other, a host that may not be asked, an impossible provider.
    """
    given = vars(flags)
    root, source, provider = given.get("data_root"), given.get("source"), given.get("provider")
    if source is not None and given.get("demo"):
        raise ConfigError("--source and --demo exclude each other", hint="give one of them")
    changed = settings if root is None else settings.with_data_root(root)
    if given.get("quote") is not None:
        changed = _quoted(changed, given["quote"])
    if source is not None:
        return changed.with_source(source, DEMO if provider is None else provider)
    if given.get("demo"):
        if provider not in (None, DEMO):
            raise ConfigError("--demo keeps its bars under the provider demo", hint="leave --provider out")
        hosts = dataclasses.replace(Source(), name=DEMO)  # the real hosts and this name mean the embedded exchange
        return dataclasses.replace(changed, source=hosts)
    return changed if provider is None else _filed_under(changed, provider)


def top_of(request: Request) -> int:
    """Return the number of `--top`.

    Raises:
        ConfigError: it is below 1.
    """
    top: int = request.flags.top
    if top < 1:
        raise ConfigError("--top: {count} symbols cannot be chosen", hint="give 1 or more", count=top)
    return top


def symbols_of(request: Request, progress: Progress = NULL_PROGRESS) -> tuple[str, ...]:
    """Return the symbols that `--symbols`, `--group` or `--top` mean, in order; empty when none is given.

    A group names assets ("BTC"); the quote asset of the settings makes symbols of them ("BTCUSDC"). The largest ones
    are those of the newest selection, else by the volume of the stored bars, as far as they are stored; nobody is
    asked.

    Raises:
        ConfigError: more than one of the flags, an unknown group, no symbol in the list, a number below 1.
        DataNotFoundError: none of the largest is stored.
        JobCancelled: cancelled.
    """
    choice = choice_of(request)
    return _named(request, choice) if choice.top is None else _stored_top(request, choice.top, progress)


def wanted_symbols(request: Request, progress: Progress) -> tuple[str, ...]:
    """Return the symbols asked for, stored or not; the largest as the exchange and CoinGecko say now.

    Raises:
        ConfigError: none, or as `symbols_of`.
        SourceError: the exchange cannot say which the largest are.
        JobCancelled: cancelled.
    """
    choice = choice_of(request)
    if choice.top is None:
        return _some(_named(request, choice))
    universe = request.engine.universe
    return universe.get_top_tokens(choice.top, publish=not request.flags.dry_run, progress=progress).symbols


def choice_of(request: Request) -> Choice:
    """Return what `--symbols`, `--group` or `--top` say, as they stand.

    Raises:
        ConfigError: more than one of the flags, an unknown group, no symbol in the list, a number below 1.
    """
    named, group, top = request.flags.symbols, request.flags.group, request.flags.top
    if sum(each is not None for each in (named, group, top)) > 1:
        raise ConfigError("--symbols, --group and --top exclude each other", hint="give one of them")
    if top is not None:
        return Choice(top=top_of(request))
    if group is not None:
        with as_usage():
            return Choice(group=group_name(request.settings.groups, group))
    return Choice(() if named is None else _words(named, "--symbols"))


def level_of(request: Request) -> str:
    """Return `--level`.

    Raises:
        ConfigError: there is no such level.
    """
    level: str = request.flags.level or "normal"
    if level not in LEVELS:
        raise ConfigError("--level: {level} is unknown", hint="give quick, normal, full or deep", level=level)
    return level


def one_symbol(request: Request) -> str:
    """Return the only symbol asked for.

    Raises:
        ConfigError: none or several.
    """
    symbols = symbols_of(request)
    if len(symbols) != 1:
        raise ConfigError("exactly one symbol is needed", hint="add: --symbols BTCUSDC")
    return symbols[0]


def some_symbols(request: Request, progress: Progress = NULL_PROGRESS) -> tuple[str, ...]:
    """Return the symbols asked for; the largest as far as they are stored.

    Raises:
        ConfigError: none.
    """
    return _some(symbols_of(request, progress))


def timeframes_of(request: Request) -> tuple[str, ...] | None:
    """Return the names of `--timeframes`, each once; None when it is not given.

    Raises:
        ConfigError: the list is empty, or one of them does not exist.
    """
    words = request.flags.timeframes
    if words is None:
        return None
    with as_usage():
        return tuple(dict.fromkeys(Timeframe.parse(word).name for word in _words(words, "--timeframes")))


def range_of(request: Request) -> tuple[int | None, int | None]:
    """Return `--start` and `--end` as half-open UTC ms; None for what is not given.

    Raises:
        ConfigError: one is not a date, or the range is empty.
    """
    with as_usage():
        return range_ms(request.flags.start, request.flags.end)


@contextmanager
def as_usage() -> Iterator[None]:
    """Turn what the engine says of a word into an error of usage: the words were typed, no bar is wrong."""
    try:
        yield
    except (DataError, FileValidationError) as error:
        raise ConfigError(error.template, error.hint_template, **error.fields) from error


def _filed_under(settings: Settings, provider: str) -> Settings:
    name = rules.provider(rules.Where("command line", "--provider", Path.cwd()), provider)
    return dataclasses.replace(settings, source=dataclasses.replace(settings.source, name=name))


def _quoted(settings: Settings, quote: str) -> Settings:
    asset = rules.asset(rules.Where("command line", "--quote", Path.cwd()), quote)
    return dataclasses.replace(settings, ingest=dataclasses.replace(settings.ingest, quote=asset))


def _named(request: Request, choice: Choice) -> tuple[str, ...]:
    return group_symbols(request.settings, choice.group) if choice.group else choice.symbols


def _some(symbols: tuple[str, ...]) -> tuple[str, ...]:
    if not symbols:
        raise ConfigError("no symbol given", hint="add: --symbols BTCUSDC,ETHUSDC, --group L1 or --top 10")
    return symbols


def _stored_top(request: Request, count: int, progress: Progress) -> tuple[str, ...]:
    engine, quote = request.engine, request.settings.ingest.quote
    ranking = published(engine.snapshots, provider=request.provider, quote=quote, limit=count, day="", end_ms=_FAR_MS)
    if ranking is None:
        ranking = engine.universe.get_top_tokens(count, as_of=datetime.now(UTC).date(), progress=progress)
    largest = ranking.symbols
    stored = {symbol for _provider, symbol in request.engine.store.series()}
    found = tuple(symbol for symbol in largest if symbol in stored)
    if not found:
        raise DataNotFoundError(
            "none of the {count} largest symbols is stored", hint="run: threadx download --top {count}", count=count
        )
    return found


def _words(text: str, flag: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise ConfigError("{flag}: the list is empty", hint="separate with commas: A,B", flag=flag)
    return words
