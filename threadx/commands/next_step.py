"""Commands that a text tells to run, completed: they mean the bank and the source of the call that tells them.

The engine words its hints without knowing how it was called. A hint after `threadx gaps --demo` that was copied as
it stands would ask the real exchange, and fill another bank.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from threadx.commands.modes import FLAGS, MODES
from threadx.commands.results import Block, Result, Table

__all__ = ["completed", "completed_result"]

_BANK = ("--config", "--data-root")
_SOURCE = ("--source", "--demo", "--provider")
_SEES_ALL = "list"
"""The mode that shows what every provider has: naming one would hide what the hint is about."""
_ACTIONS = "create|list|show|diff|archive|restore"
"""Of `snapshot`: a word that belongs to its command."""
_COMMAND = re.compile(
    rf"(?<![\w./\\-])threadx ({'|'.join(map(re.escape, MODES))})(?![\w-]| --help)(?: (?:{_ACTIONS})(?![\w-]))?"
)
_PLAIN = re.compile(r"[\w./\\:=@%+,-]+")


def completed(text: str, flags: argparse.Namespace) -> str:
    """Return `text`; each `threadx MODE` in it gets the flags of this call that choose bank and source.

    They stand behind the mode, since what follows a command in a text may be no part of it. A command that says
    itself whose bars it means keeps its word.
    """
    return _COMMAND.sub(lambda found: " ".join([found[0], *_words(found[1], text[found.end() :], flags)]), text)


def completed_result(result: Result, flags: argparse.Namespace) -> Result:
    """Return `result` with every text in it completed; in the document only what is called `hint`."""
    return replace(
        result,
        document=_document(result.document, flags),
        blocks=[_block(block, flags) for block in result.blocks],
        errors=[completed(line, flags) for line in result.errors],
    )


def _words(mode: str, rest: str, flags: argparse.Namespace) -> Iterator[str]:
    said = rest.split()
    names = _BANK if any(name in said for name in _SOURCE) else (*_BANK, *_SOURCE)
    for name in names:
        value = vars(flags).get(name.removeprefix("--").replace("-", "_"))
        if value in (None, False) or name not in MODES[mode].flags or name in said:
            continue
        if name == "--provider" and mode == _SEES_ALL:
            continue
        yield name
        if FLAGS[name].takes_value:
            yield _quoted(str(value))


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f'"{value}"'  # double quotes: cmd.exe knows no others


def _block(block: Block, flags: argparse.Namespace) -> Block:
    if isinstance(block, str):
        return completed(block, flags)
    rows = [tuple(_cell(cell, flags) for cell in row) for row in block.rows]
    return Table(block.headings, rows, block.title)


def _cell(cell: str | int, flags: argparse.Namespace) -> str | int:
    return completed(cell, flags) if type(cell) is str else cell  # a Figure holds none


def _document(document: Mapping[str, object], flags: argparse.Namespace) -> dict[str, object]:
    return {name: _value(name, value, flags) for name, value in document.items()}


def _value(name: str, value: object, flags: argparse.Namespace) -> object:
    if isinstance(value, Mapping):
        return _document(value, flags)
    if isinstance(value, list | tuple):
        return [_value("", each, flags) for each in value]
    return completed(value, flags) if name == "hint" and isinstance(value, str) else value
