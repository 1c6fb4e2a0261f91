"""What the window remembers between starts: one small JSON file beside the data.

Keys are dotted names ("window.geometry", "data_manager.columns"), values plain JSON. A file that cannot be read is
ignored with a line in the log, and never stops the window.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

__all__ = ["BELL", "FILE_NAME", "WindowState"]

FILE_NAME = "window.json"
BELL = "window.bell"
"""The key of whether the bell is heard when the last job has ended."""
_VERSION = 1

log = logging.getLogger(__name__)


class WindowState:
    """The remembered values. Tk thread only; `save` writes a file of a few kB."""

    def __init__(self, path: Path, values: dict[str, Any] | None = None) -> None:
        self.path = path
        self._values: dict[str, Any] = {} if values is None else values
        self._dirty = False
        self.keep = True
        """Whether `save` writes; a second window on the same folder does not."""

    @classmethod
    def load(cls, data_root: Path) -> WindowState:
        """Return what was remembered beside the data under `data_root`; nothing where the file is absent or broken."""
        path = data_root / ".threadx" / FILE_NAME
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError) as error:
            log.warning("%s: ignored, the window starts as new (%s)", path, error)
            return cls(path)
        values = content.get("values") if isinstance(content, dict) and content.get("version") == _VERSION else None
        if not isinstance(values, dict):
            log.warning("%s: ignored, the window starts as new (not of this version)", path)
            return cls(path)
        return cls(path, values)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value of `key`. Where a default is given, a value of another type counts as absent."""
        value = self._values.get(key, default)
        if default is not None and not isinstance(value, _kin(default)):
            return default
        return value

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Remember a plain JSON value; None forgets it."""
        if self._values.get(key) == value:
            return
        self._dirty = True
        if value is None:
            del self._values[key]
        else:
            self._values[key] = value

    def save(self) -> None:
        """Write the file where something changed: whole or not at all. A failure is a line in the log."""
        if not self._dirty or not self.keep:
            return
        beside = self.path.with_name(f"{FILE_NAME}.{os.getpid()}.new")
        content = json.dumps({"version": _VERSION, "values": self._values}, indent=1, sort_keys=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(content + "\n", encoding="utf-8")
            beside.replace(self.path)
        except (OSError, ValueError) as error:
            log.warning("%s: the window's state is not kept (%s)", self.path, error)
            return
        self._dirty = False


def _kin(default: object) -> tuple[type, ...]:
    """Return the types that may stand for `default`: JSON has one kind of number and one of sequence."""
    if isinstance(default, bool):
        return (bool,)
    if isinstance(default, (int, float)):
        return (int, float)
    return (list, tuple) if isinstance(default, (list, tuple)) else (type(default),)
