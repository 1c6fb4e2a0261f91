"""What the status bar says of data, source and API weight, as texts in the user's language."""

from __future__ import annotations

from pathlib import Path

from threadx.bridge.reads import Status
from threadx.i18n import N_, _, number

__all__ = ["data_text", "size_text", "source_role", "source_text", "weight_text"]

LONGEST_PATH = 40
_UNITS = (N_("B"), N_("kB"), N_("MB"), N_("GB"), N_("TB"))


def size_text(size_bytes: int) -> str:
    """Return a size as people read it: "2.1 GB", in powers of 1000 as file managers do."""
    value, unit = float(size_bytes), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number(value, 1 if unit and value < 99.95 else 0)} {_(_UNITS[unit])}"


def data_text(folder: Path, home: Path, size_bytes: int | None) -> str:
    """Return folder and size of the data; `size_bytes` None: not known yet."""
    shown = f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)
    if len(shown) > LONGEST_PATH:
        shown = "…" + shown[-(LONGEST_PATH - 1) :]
    text = _("Data: {folder}").format(folder=shown)
    return text if size_bytes is None else f"{text} · {size_text(size_bytes)}"


def source_text(status: Status) -> str:
    """Return the source and whether it answers."""
    name = _("Offline demo") if status.provider == "demo" else status.provider.capitalize()
    if status.reachable is None:
        return name
    told = _("connected") if status.reachable else _("not reachable")
    return _("{source}: {state}").format(source=name, state=told)


def source_role(status: Status) -> str:
    """Return the colour role of `source_text`: a warning while the source does not answer."""
    return "Warning" if status.reachable is False else ""


def weight_text(status: Status) -> str:
    """Return the API weight used in the current minute, and of how much; "–" while nobody has said."""
    used = "–" if status.weight_used is None else number(status.weight_used)
    if status.weight_used is not None and status.weight_limit is not None:
        used += f" / {number(status.weight_limit)}"
    return _("API weight {used}").format(used=used)
