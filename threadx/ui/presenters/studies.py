"""Indicators on a chart: which, where, how high, kept between starts and as templates. Plain values, checked. No Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from threadx.errors import ThreadXError
from threadx.indicators.spec import MAX_GAP, TIMEFRAME, get
from threadx.ui.presenters.indicator_words import label
from threadx.ui.presenters.study_styles import Style, style_of
from threadx.ui.state import WindowState

__all__ = ["HEIGHTS", "MOST", "Study", "Templates", "from_json", "lowest_shade", "to_json"]

HEIGHTS = (0.08, 0.5)
"""Least and greatest height of a pane, as a share of the chart's."""
MOST = 12
"""Indicators on one chart."""
SHADES = 6
"""Colours there are; the seventh indicator begins again."""
_USUAL_HEIGHT = 0.17


@dataclass(frozen=True, slots=True)
class Study:
    """One indicator on the chart."""

    key: int
    """Names it among those of the chart."""
    name: str
    params: Mapping[str, Any] = field(hash=False)
    """All parameters but the timeframe, checked."""
    shade: int = 0
    """Its colour's place in the palette."""
    height: float = _USUAL_HEIGHT
    """Of its pane, as a share of the chart's height."""

    @classmethod
    def of(
        cls, key: int, name: str, params: Mapping[str, Any], *, shade: int = 0, height: float = _USUAL_HEIGHT
    ) -> Study:
        """Return it with parameters checked and filled in.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
        """
        given = {each: value for each, value in params.items() if each != TIMEFRAME.name}
        full = get(name).checked(given)
        del full[TIMEFRAME.name]
        return cls(key, name, full, shade, min(max(float(height), HEIGHTS[0]), HEIGHTS[1]))

    @property
    def label(self) -> str:
        """What it is called: "EMA 20"."""
        return label(self.name, self.params)

    @property
    def style(self) -> Style:
        """How it is drawn."""
        return style_of(self.name, get(self.name).output_names)

    def resized(self, height: float) -> Study:
        """Return it with a pane of another height."""
        return replace(self, height=min(max(height, HEIGHTS[0]), HEIGHTS[1]))


def lowest_shade(studies: Iterable[Study]) -> int:
    """Return the first colour that none of them has; the least used where all are taken."""
    used = [study.shade for study in studies]
    return min(range(SHADES), key=lambda shade: (used.count(shade), shade))


def to_json(studies: Iterable[Study]) -> list[dict[str, Any]]:
    """Return studies as plain JSON values."""
    return [
        {"name": each.name, "params": dict(each.params), "shade": each.shade, "height": round(each.height, 4)}
        for each in studies
    ]


def from_json(values: object, *, gap: int | None = None) -> tuple[tuple[Study, ...], int]:
    """Return studies that `to_json` gave, and how many entries were refused: each is checked as if it were typed.

    `gap` stands for the longest gap where an entry has none.
    """
    found: list[Study] = []
    refused = 0
    for key, each in enumerate(values if isinstance(values, list) else []):
        study = _checked(key, each, gap)
        if study is None or len(found) == MOST:
            refused += 1
        else:
            found.append(study)
    return tuple(found), refused


def _checked(key: int, entry: object, gap: int | None) -> Study | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return None
    params, shade, height = entry.get("params", {}), entry.get("shade", 0), entry.get("height", _USUAL_HEIGHT)
    numbers = isinstance(shade, int) and isinstance(height, (int, float)) and 0 <= shade < SHADES
    if not isinstance(params, dict) or not numbers:
        return None
    usual = {} if gap is None else {MAX_GAP.name: gap}
    try:
        return Study.of(key, entry["name"], {**usual, **params}, shade=shade, height=height)
    except (ThreadXError, TypeError):
        return None


class Templates:
    """Sets of indicators by name, in the window's state file. Tk thread only."""

    _KEY = "charts.templates"

    def __init__(self, memory: WindowState) -> None:
        self._memory = memory

    @property
    def names(self) -> Sequence[str]:
        """Names, in the order of the alphabet."""
        return sorted(self._all, key=str.casefold)

    def save(self, name: str, studies: Iterable[Study]) -> None:
        """Keep a set under a name, in place of another of that name."""
        self._memory.set(self._KEY, {**self._all, name: to_json(studies)})

    def load(self, name: str, *, gap: int | None = None) -> tuple[tuple[Study, ...], int]:
        """Return a set and how many of its entries were refused."""
        return from_json(self._all.get(name), gap=gap)

    def delete(self, name: str) -> None:
        """Keep it no more."""
        left = {each: values for each, values in self._all.items() if each != name}
        self._memory.set(self._KEY, left or None)

    @property
    def _all(self) -> dict[str, Any]:
        kept = self._memory.get(self._KEY, default={})
        return {name: values for name, values in kept.items() if isinstance(name, str) and isinstance(values, list)}
