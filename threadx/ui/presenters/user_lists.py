"""Lists of symbols that the user keeps: save, rename, delete, import. They live in the window's state file. No Tk."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from threadx.errors import DataError
from threadx.ui.state import WindowState

__all__ = ["Imported", "UserLists", "read_list"]

_KEY = "data_manager.lists"
_MAX_NAME = 40
_MAX_SYMBOL = 24
_BETWEEN = re.compile(r"[\s,;|]+")


class UserLists:
    """The lists by name, in the order of their names. Each change is written at once."""

    def __init__(self, state: WindowState, taken: Collection[str] = ()) -> None:
        """`taken`: names that lists must not have, those of the settings' groups."""
        self._state = state
        self._taken = frozenset(taken)

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        return tuple(sorted(self._all(), key=str.casefold))

    def __contains__(self, name: str) -> bool:
        return name in self._all()

    def symbols(self, name: str) -> tuple[str, ...]:
        """Return the symbols of a list; () where there is none of that name."""
        return tuple(self._all().get(name, ()))

    def save(self, name: str, symbols: Iterable[str]) -> str:
        """Keep a list, in place of one of the same name; return its name.

        Raises:
            DataError: it has no name that can be used, or no symbol.
        """
        kept, members = self._name(name), list(dict.fromkeys(symbols))
        if not members:
            raise DataError("a list needs at least one symbol", hint="select symbols first")
        self._write(self._all() | {kept: members})
        return kept

    def rename(self, old: str, new: str) -> str:
        """Give a list another name; return it.

        Raises:
            DataError: the name cannot be used, or another list has it.
        """
        kept, lists = self._name(new), self._all()
        if kept != old and kept in lists:
            raise DataError("{name}: there is such a list already", hint="choose another name", name=kept)
        self._write({(kept if name == old else name): members for name, members in lists.items()})
        return kept

    def delete(self, name: str) -> None:
        """Forget a list."""
        self._write({each: members for each, members in self._all().items() if each != name})

    def _name(self, name: str) -> str:
        kept = " ".join(name.split())
        if not kept:
            raise DataError("a list needs a name", hint="type one")
        if len(kept) > _MAX_NAME:
            raise DataError("the name is longer than {most} characters", hint="choose a shorter one", most=_MAX_NAME)
        if kept in self._taken:
            raise DataError(
                "{name} is a group of the settings", hint="choose another name, or change paths.toml", name=kept
            )
        return kept

    def _all(self) -> dict[str, list[str]]:
        given = self._state.get(_KEY, {})
        return {
            name: [each for each in members if isinstance(each, str)]
            for name, members in given.items()
            if isinstance(members, list)
        }

    def _write(self, lists: dict[str, list[str]]) -> None:
        self._state.set(_KEY, lists or None)
        self._state.save()


@dataclass(frozen=True, slots=True)
class Imported:
    """What a text file said."""

    symbols: tuple[str, ...]
    """As the exchange spells them, in the file's order."""
    unknown: tuple[str, ...]
    """Of these, the ones that nobody lists."""
    refused: tuple[str, ...]
    """Words that can be no symbol."""


def read_list(text: str, known: Collection[str], quote: str) -> Imported:
    """Return the symbols of a text: one a line or separated by blanks, commas, semicolons; `#` begins a remark.

    "btc/usdc", "BTC-USDC" and, where no symbol is called so, the bare asset "BTC" all mean BTCUSDC.
    """
    words = [
        word for line in text.lstrip("\ufeff").splitlines() for word in _BETWEEN.split(line.partition("#")[0]) if word
    ]
    symbols: dict[str, None] = {}
    refused: dict[str, None] = {}
    for word in words:
        symbol = re.sub(r"[/_\-:]", "", word.strip("\"'")).upper()
        if not symbol.isalnum() or not 1 < len(symbol) <= _MAX_SYMBOL:
            refused[word] = None
            continue
        symbols[symbol if symbol in known or symbol + quote not in known else symbol + quote] = None
    return Imported(tuple(symbols), tuple(each for each in symbols if each not in known), tuple(refused))
