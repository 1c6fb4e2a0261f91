"""The colours of the window, light and dark, by what they mean. Values only; `theme.py` puts them to use.

Text colours are at least 4.5:1 on the background they stand on (WCAG 2.1 AA), which a test holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["DARK", "LIGHT", "Mode", "Tokens"]

Mode = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours as "#rrggbb"."""

    bg: str
    """Window and cards."""
    input_bg: str
    """Fields, tables, log."""
    fg: str
    muted: str
    """Text of less weight: counts, captions, the right of the status bar."""
    faint: str
    """Disabled text; not held to a contrast."""
    border: str
    hover: str
    """Background of what the pointer is on."""
    header: str
    """Background of table headings and of quiet buttons."""
    primary: str
    """The accent as text, outline and focus ring."""
    primary_fill: str
    """The accent as a surface."""
    on_primary: str
    """Text on `primary_fill`."""
    select_bg: str
    select_fg: str
    danger: str
    """Failures, and what destroys."""
    warning: str
    """Stale, waiting, asks for care."""
    success: str
    trough: str
    """What a progress bar has not reached."""
    grid: str
    """Lines behind a chart."""
    candle_up: str
    candle_down: str
    tip_bg: str
    tip_fg: str


LIGHT = Tokens(
    bg="#ffffff", input_bg="#ffffff", fg="#212529", muted="#6b7480", faint="#a3a9b0", border="#d6d6d6",
    hover="#eef1f5", header="#f3f4f6", primary="#0a58ca", primary_fill="#0a58ca", on_primary="#ffffff",
    select_bg="#d6e4ff", select_fg="#0b2b57", danger="#c02b3a", warning="#8a6100", success="#146c43",
    trough="#e2e6ea", grid="#e6e8eb", candle_up="#26a69a", candle_down="#ef5350",
    tip_bg="#212529", tip_fg="#f8f9fa",
)  # fmt: skip
DARK = Tokens(
    bg="#212529", input_bg="#262b30", fg="#f8f9fa", muted="#949ea9", faint="#5c646c", border="#45484b",
    hover="#32383e", header="#2b3035", primary="#5a9dff", primary_fill="#1f6feb", on_primary="#ffffff",
    select_bg="#1f3b63", select_fg="#eaf2ff", danger="#ff7b86", warning="#ffc857", success="#56bd8b",
    trough="#3a4046", grid="#363b41", candle_up="#26a69a", candle_down="#ef5350",
    tip_bg="#f1f3f5", tip_fg="#212529",
)  # fmt: skip
