"""Where the window stands: sizes and positions as plain numbers, without a toolkit."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Place", "fitted", "parse"]

MIN_VISIBLE = 120
"""Pixels of the title bar, across, that stay on the screen so that the window can be dragged."""


@dataclass(frozen=True, slots=True)
class Place:
    """A window's size and upper left corner, in pixels of the screen."""

    width: int
    height: int
    x: int
    y: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}{self.x:+d}{self.y:+d}"


def parse(text: str) -> Place | None:
    """Return the place that Tk's `geometry` wrote; None for anything else."""
    found = re.fullmatch(r"(\d+)x(\d+)\+?(-?\d+)\+?(-?\d+)", text)
    return None if found is None else Place(*map(int, found.groups()))


def fitted(wanted: Place | None, *, screen: Place, default: tuple[int, int], least: tuple[int, int]) -> Place:
    """Return a place on `screen`: the wanted one moved and shrunk until it can be seen and dragged.

    Without a wanted one, `default` (width, height) in the middle. `least` holds unless the screen itself is smaller.
    The screen's corner may be negative: a second screen left of the first one.
    """
    width, height = default if wanted is None else (wanted.width, wanted.height)
    width = min(max(width, least[0]), screen.width)
    height = min(max(height, least[1]), screen.height)
    if wanted is None:
        return Place(width, height, screen.x + (screen.width - width) // 2, screen.y + (screen.height - height) // 3)
    seen_x, seen_y = min(MIN_VISIBLE, width), min(MIN_VISIBLE, height)
    x = min(max(wanted.x, screen.x - width + seen_x), screen.x + screen.width - seen_x)
    y = min(max(wanted.y, screen.y), screen.y + screen.height - seen_y)
    return Place(width, height, x, y)
