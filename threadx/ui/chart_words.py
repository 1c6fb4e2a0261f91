"""All words of a chart in one artist: each drawn once by the font engine, then copied from a small picture.

Laying out and rasterising text is half of what drawing a chart costs, and while a chart moves the same marks come
again and again. Copies stand on whole pixels, so that they do not shiver either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

__all__ = ["ChartWords", "Word"]

_DPI = 72
_CACHED = 600


@dataclass(frozen=True, slots=True)
class Word:
    """A text and where it stands: in pixels, the digits' middle at `y`."""

    x: float
    y: float
    text: str
    color: str
    align: Literal["left", "center", "right"] = "left"
    strong: bool = False


class ChartWords(Artist):
    """Draws words. Tk thread only."""

    def __init__(self, size_px: int, family: str) -> None:
        super().__init__()
        self.words: list[Word] = []
        self.size_px = size_px
        self._family = family
        self.set_zorder(7)

    def draw(self, renderer: Any) -> None:  # noqa: ANN401 - matplotlib's renderers have no common type
        """Copy each word to its place."""
        gc = renderer.new_gc()
        for word in self.words:
            picture, middle = _picture(word.text, self.size_px, self._family, word.strong, word.color)
            shift = {"left": 0.0, "center": 0.5, "right": 1.0}[word.align] * picture.shape[1]
            renderer.draw_image(gc, round(word.x - shift), round(word.y - middle), picture)
        gc.restore()


@lru_cache(maxsize=_CACHED)
def _picture(text: str, size_px: int, family: str, strong: bool, color: str) -> tuple[NDArray[np.uint8], float]:  # noqa: FBT001
    """Return a text's picture (the lowest line first), and how high in it the middle of a digit is."""
    font = FontProperties(family=family, size=size_px, weight="bold" if strong else "normal")
    measure: Any = RendererAgg(1, 1, _DPI)
    width, height, descent = measure.get_text_width_height_descent(text, font, ismath=False)
    _width, digit, _descent = measure.get_text_width_height_descent("0", font, ismath=False)
    below = int(np.ceil(descent)) + 1
    tall = int(np.ceil(height)) + below + 1
    sheet: Any = RendererAgg(int(np.ceil(width)) + 2, tall, _DPI)
    gc = sheet.new_gc()
    gc.set_foreground(color)
    sheet.draw_text(gc, 0, tall - below, text, font, 0)
    picture = np.asarray(sheet.buffer_rgba()).copy()[::-1]
    picture.setflags(write=False)
    return np.ascontiguousarray(picture), below + digit / 2
