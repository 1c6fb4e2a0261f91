"""Changing `paths.toml`: only what changes is written, and every comment and line of the user's stays.

The file is read again at that moment, so that what was edited by hand meanwhile is kept too. What would not be
accepted at the next start is refused, and the file is replaced whole or not at all.
"""

from __future__ import annotations

import codecs
import contextlib
import difflib
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadx.config import Settings, read_text, settings_of, tables_of
from threadx.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Array

__all__ = ["REMOVED", "Changes", "changed_text", "save_changes"]


class Removed:
    """Stands for "leave this key out of the file"."""


REMOVED = Removed()
_writing = threading.Lock()
"""Two changes at once would each lose the other's."""
Changes = Mapping[tuple[str, str], Any]
"""New value by (table, key), as TOML has it: lists for arrays; `REMOVED`."""


def save_changes(file: Path, changes: Changes) -> Settings:
    """Write `changes` into `file`, made where it is missing, and return the settings it holds now. Any thread.

    Raises:
        ConfigError: the file is broken, or what would be written is not allowed; nothing was written.
        StoreError: the disk refused; the file is as it was.
    """
    with _writing:
        before = read_text(file) if file.exists() else ""
        after = changed_text(before, changes)
        settings = settings_of(file, tables_of(file, after))
        if after != before:
            marked = before and file.read_bytes().startswith(codecs.BOM_UTF8)
            _replace(file, (codecs.BOM_UTF8 if marked else b"") + after.encode())
        return settings


def changed_text(text: str, changes: Changes) -> str:
    """Return TOML `text` with `changes` made and everything else as it was.

    Raises:
        ConfigError: `text` is no TOML that could be changed.
    """
    import tomlkit  # noqa: PLC0415 - 30 ms, and only who saves needs it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - likewise

    windows = "\r\n" in text
    plain = text.replace("\r\n", "\n")
    try:
        document = tomlkit.parse(_uncommented(plain, changes))
        for (table, key), value in changes.items():
            _change(document, table, key, value)
    except (TOMLKitError, ValueError) as error:
        raise ConfigError("the settings file cannot be changed: {reason}", reason=error) from error
    changed = tomlkit.dumps(document)
    return changed.replace("\n", "\r\n") if windows else changed


def _change(document: TOMLDocument, table: str, key: str, value: object) -> None:
    import tomlkit  # noqa: PLC0415 - loaded by the caller
    from tomlkit.items import Array  # noqa: PLC0415 - likewise

    if value is REMOVED:
        if table in document and key in document[table]:
            document[table].remove(key)
        return
    if table not in document:
        document[table] = tomlkit.table()
    there: Any = document[table]
    old = there.get(key)
    if isinstance(old, Array) and isinstance(value, list):
        _change_array(old, value)
    else:
        there[key] = value


def _change_array(array: Array, wanted: list[Any]) -> None:
    """Change an array item by item: those that stay keep the comments beside them."""
    steps = difflib.SequenceMatcher(None, [repr(each) for each in array], [repr(each) for each in wanted]).get_opcodes()
    for _kind, start, end, new_start, new_end in reversed([step for step in steps if step[0] != "equal"]):
        for _item in range(start, end):
            del array[start]
        for place, item in enumerate(wanted[new_start:new_end], start):
            array.insert(place, item)


def _uncommented(text: str, changes: Changes) -> str:
    """Return `text` with lines such as `# logs = "logs"` made real where that key is about to get a value."""
    for (table, key), value in changes.items():
        if value is REMOVED:
            continue
        section = re.search(rf"^\[{re.escape(table)}\][^\n]*\n(?P<body>(?:(?!\[)[^\n]*\n?)*)", text, re.MULTILINE)
        if section is None or re.search(rf"^[ \t]*{re.escape(key)}[ \t]*=", section["body"], re.MULTILINE):
            continue
        line = re.compile(rf"^#[ \t]*{re.escape(key)}[ \t]*=[^\n]*$", re.MULTILINE)
        found = line.search(section["body"])
        if found is not None:
            start = section.start("body")
            text = f"{text[: start + found.start()]}{key} = 0{text[start + found.end() :]}"
    return text


def _replace(file: Path, content: bytes) -> None:
    """Replace a file in one step, keeping its permissions; a link stays a link."""
    target = file.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as stream:
            if target.exists():
                beside.chmod(target.stat().st_mode & 0o777)  # it may hold a proxy's password
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise StoreError(
            "{path}: could not be written: {reason}",
            hint="check the folder's permissions and the free space",
            path=target,
            reason=error.strerror or str(error),
        ) from error
