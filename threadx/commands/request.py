"""What every command needs to know, worked out once from the flags and the settings."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from threadx import config_rules as rules
from threadx.bars.timeframe import Timeframe
from threadx.bridge import ThreadXBridge
from threadx.config import Settings, Source
from threadx.data.dates import range_ms
from threadx.errors import ConfigError, DataError

if TYPE_CHECKING:  # loads pandas
    from threadx.bridge.engine import Engine

__all__ = ["DEMO", "Request", "apply_flags", "one_symbol", "range_of", "some_symbols", "symbols_of", "timeframes_of"]

DEMO = "demo"
"""Provider of bars that come from the embedded exchange or from a server named with `--source`."""


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
    """Return `settings` with `--data-root`, `--source`, `--demo` and `--provider` applied.

    Raises:
        ConfigError: flags that exclude each other, a host that may not be asked, an impossible provider.
    """
    given = vars(flags)
    root, source, provider = given.get("data_root"), given.get("source"), given.get("provider")
    if source is not None and given.get("demo"):
        raise ConfigError("--source and --demo exclude each other", hint="give one of them")
    changed = settings if root is None else settings.with_data_root(root)
    if source is not None:
        return changed.with_source(source, DEMO if provider is None else provider)
    if given.get("demo"):
        if provider not in (None, DEMO):
            raise ConfigError("--demo keeps its bars under the provider demo", hint="leave --provider out")
        hosts = dataclasses.replace(Source(), name=DEMO)  # the real hosts and this name mean the embedded exchange
        return dataclasses.replace(changed, source=hosts)
    return changed if provider is None else _named(changed, provider)


def symbols_of(request: Request) -> tuple[str, ...]:
    """Return the symbols that `--symbols` or `--group` name, in order; empty when neither is given.

    A group names assets ("BTC"); the quote asset of the settings makes symbols of them ("BTCUSDC").

    Raises:
        ConfigError: more than one of the flags, an unknown group, no symbol in the list, `--top`.
    """
    named, group, top = request.flags.symbols, request.flags.group, request.flags.top
    if sum(each is not None for each in (named, group, top)) > 1:
        raise ConfigError("--symbols, --group and --top exclude each other", hint="give one of them")
    if top is not None:
        raise ConfigError("--top: not in this version", hint="name the symbols: --symbols BTCUSDC,ETHUSDC")
    if group is not None:
        return _of_group(request.settings, group)
    return () if named is None else _words(named, "--symbols")


def one_symbol(request: Request) -> str:
    """Return the only symbol asked for.

    Raises:
        ConfigError: none or several.
    """
    symbols = symbols_of(request)
    if len(symbols) != 1:
        raise ConfigError("exactly one symbol is needed", hint="add: --symbols BTCUSDC")
    return symbols[0]


def some_symbols(request: Request) -> tuple[str, ...]:
    """Return the symbols asked for.

    Raises:
        ConfigError: none.
    """
    symbols = symbols_of(request)
    if not symbols:
        raise ConfigError("no symbol given", hint="add: --symbols BTCUSDC,ETHUSDC or --group L1")
    return symbols


def timeframes_of(request: Request) -> tuple[str, ...] | None:
    """Return the names of `--timeframes`; None when it is not given.

    Raises:
        ConfigError: the list is empty, or one of them does not exist.
    """
    words = request.flags.timeframes
    if words is None:
        return None
    with _as_usage():
        return tuple(Timeframe.parse(word).name for word in _words(words, "--timeframes"))


def range_of(request: Request) -> tuple[int | None, int | None]:
    """Return `--start` and `--end` as half-open UTC ms; None for what is not given.

    Raises:
        ConfigError: one is not a date, or the range is empty.
    """
    with _as_usage():
        return range_ms(request.flags.start, request.flags.end)


@contextmanager
def _as_usage() -> Iterator[None]:
    """Turn what the engine says of a word into an error of usage: the words were typed, no bar is wrong."""
    try:
        yield
    except DataError as error:
        raise ConfigError(error.template, error.hint_template, **error.fields) from error


def _named(settings: Settings, provider: str) -> Settings:
    name = rules.provider(rules.Where("command line", "--provider", Path.cwd()), provider)
    return dataclasses.replace(settings, source=dataclasses.replace(settings.source, name=name))


def _of_group(settings: Settings, name: str) -> tuple[str, ...]:
    if name not in settings.groups:
        raise ConfigError(
            "{name}: no such group",
            hint="the settings have {groups}",
            name=name,
            groups=", ".join(settings.groups) or "-",
        )
    quote = settings.ingest.quote
    return tuple(
        member if member.endswith(quote) and member != quote else f"{member}{quote}" for member in settings.groups[name]
    )


def _words(text: str, flag: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise ConfigError("{flag}: the list is empty", hint="separate with commas: A,B", flag=flag)
    return words
