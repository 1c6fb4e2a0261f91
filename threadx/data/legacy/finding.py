"""Which files of a folder may hold bars of other tools, and in which order they are read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES
from threadx.data.legacy.names import ENDINGS, PACKED, read_name
from threadx.errors import DataNotFoundError, FileValidationError, ThreadXError
from threadx.store.archived import month_of_archive

__all__ = ["Found", "files_in"]

_CONTROL = ".threadx"
_OWN_FOLDERS = frozenset({"processed", "registry", "indicators"})


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to read."""

    files: tuple[Path, ...]
    """Each once: 1m first, because longer bars are compared with it; then by path."""
    refused: tuple[tuple[Path, ThreadXError], ...] = ()
    """Folders that cannot be listed, and paths that do not exist."""


def files_in(paths: Iterable[Path]) -> Found:
    """Return the files that `paths` mean: files as they are, folders searched to any depth by the files' endings.

    Hidden files and folders, and what banks wrote, are passed over. Links to folders are not followed.
    """
    files: dict[Path, None] = {}
    refused: list[tuple[Path, ThreadXError]] = []
    for path in paths:
        if path.is_dir():
            files |= dict.fromkeys(_below(path, refused))
        elif path.exists():
            files[path] = None
        else:
            missing = DataNotFoundError(
                "{path}: no such file or folder", hint="check how it is spelled, and where a link leads", path=path
            )
            refused.append((path, missing))
    return Found(tuple(sorted(files, key=_rank)), tuple(refused))


def _below(folder: Path, refused: list[tuple[Path, ThreadXError]]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        path = Path(error.filename)
        refused.append(
            (
                path,
                FileValidationError(
                    "{path}: cannot be read: {reason}",
                    hint="check its permissions",
                    path=path,
                    reason=error.strerror or error,
                ),
            )
        )

    if any(map(_is_the_banks, folder.parents)):
        return
    for place, folders, names in os.walk(folder, onerror=note):
        if _is_the_banks(Path(place)):
            folders.clear()
            continue
        folders[:] = [name for name in sorted(folders) if not name.startswith(".") and not name.endswith(_CONTROL)]
        if Path(place, _CONTROL).is_dir():
            continue  # a data root's own files; old ones may lie in folders below
        inside = any(Path(each, _CONTROL).is_dir() for each in Path(place).parents)
        for name in sorted(names):
            if inside and month_of_archive(name) is not None:
                continue  # dated snapshots
            if not name.startswith(".") and name.lower().endswith((*ENDINGS, *PACKED)):
                yield Path(place, name)


def _is_the_banks(folder: Path) -> bool:
    """Whether a folder holds what a bank wrote: its bars, registry, indicators, or dated snapshots."""
    if folder.name.startswith("dt="):
        return True
    return folder.name in _OWN_FOLDERS and (folder.parent / _CONTROL).is_dir()


def _rank(path: Path) -> tuple[int, str]:
    try:
        timeframe = read_name(path).timeframe
    except ThreadXError:
        return len(TIMEFRAMES), str(path)
    # without a word in the name it may be 1m as well as anything else: after 1m, before what is said to be longer
    at = 1 if timeframe is None else 0 if timeframe == ONE_MINUTE else 1 + TIMEFRAMES.index(timeframe)
    return at, str(path)
