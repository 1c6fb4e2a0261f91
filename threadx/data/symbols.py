"""Which symbols a word means: one, several, a group of the settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from threadx.config import Settings
from threadx.errors import DataError, DataNotFoundError

__all__ = ["group_name", "group_symbols", "named_symbols", "symbol_of", "top_count"]

_WHOLE = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD")
"""Quote assets that no other asset's name ends with."""
MODES = ("single", "list", "group")


def named_symbols(settings: Settings, mode: str, named: str | int | Sequence[str]) -> tuple[str, ...]:
    """Return the symbols that `mode` and `named` mean.

    Raises:
        DataError: no such mode or group, or not the number of symbols that the mode takes.
    """
    if mode not in MODES:
        raise DataError("no such mode: {mode}", hint="use one of {modes}", mode=mode, modes=", ".join((*MODES, "top")))
    words = (str(named),) if isinstance(named, str | int) else tuple(named)
    if not words or (mode != "list" and len(words) != 1):
        raise DataError(
            "mode {mode} takes {wanted}, {count} given",
            hint="use mode list for several symbols",
            mode=mode,
            wanted="at least one symbol" if mode == "list" else f"exactly one {mode.replace('single', 'symbol')}",
            count=len(words),
        )
    return group_symbols(settings, words[0]) if mode == "group" else words


def top_count(named: str | int | Sequence[str]) -> int:
    """Return how many of the largest symbols a word means.

    Raises:
        DataError: it is no number, or below 1.
    """
    words = [named] if isinstance(named, str | int) else list(named)
    text = str(words[0]) if len(words) == 1 else ""
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise DataError("mode top takes how many symbols, not {named}", hint="give a number, 100", named=named)
    return int(text)


def group_name(groups: Mapping[str, tuple[str, ...]], word: str) -> str:
    """Return the group that a word means; where none is spelled so, letter case and spaces do not matter.

    Raises:
        DataNotFoundError: no such group; the hint names the nearest.
    """
    if word in groups:
        return word
    by_key: dict[str, str] = {}
    for name in groups:
        by_key.setdefault(_key(name), name)
    found = by_key.get(_key(word))
    if found is not None:
        return found
    if not by_key:
        raise DataNotFoundError(
            "no such group: {name}",
            hint='there is none; add one to [groups] in paths.toml: {name} = ["BTC", "ETH"]',
            name=word,
        )
    near = difflib.get_close_matches(_key(word), by_key, n=1, cutoff=0.0)
    raise DataNotFoundError(
        "no such group: {name}",
        hint="did you mean {near}? There are {groups}",
        name=word,
        near="".join(by_key[each] for each in near),
        groups=", ".join(groups),
    )


def group_symbols(settings: Settings, name: str) -> tuple[str, ...]:
    """Return the symbols of a group: its assets, each with the quote asset of the settings ("BTC" -> "BTCUSDC").

    Raises:
        DataNotFoundError: no such group, as `group_name`.
    """
    members = settings.groups[group_name(settings.groups, name)]
    return tuple(symbol_of(member, settings.ingest.quote) for member in members)


def symbol_of(word: str, quote: str) -> str:
    """Return the symbol that a word of a group means: itself where it is one ("BTCUSDT"), else with `quote` behind."""
    whole = any(word.endswith(each) and word != each for each in (quote, *_WHOLE))
    return word if whole else f"{word}{quote}"


def _key(name: str) -> str:
    return "".join(name.split()).casefold()
