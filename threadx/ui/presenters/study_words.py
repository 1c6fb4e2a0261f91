"""Values of indicators as a chart writes them, in the language in use. No Tk."""

from __future__ import annotations

import math

from threadx.i18n import number
from threadx.ui.presenters.chart_axis import compact
from threadx.ui.presenters.study_styles import Style

__all__ = ["value_text"]

_MAX_DIGITS = 8
_MINUS = "\u2212"
_NONE = "\u2013"


def value_text(value: float, style: Style, digits: int, *, axis: bool = False) -> str:
    """Return a value; "–" where there is none. `digits` are those of prices; an axis shows no more than it needs."""
    if not math.isfinite(value):
        return _NONE
    sign = _MINUS if value < 0 else ""
    if style.compact:
        return sign + compact(abs(value))
    places = min(digits + style.pane, _MAX_DIGITS) if style.digits is None else style.digits
    if axis:
        places = next((each for each in range(places) if math.isclose(value, round(value, each), rel_tol=1e-9)), places)
    text = number(abs(value), places)
    return text if sign and not float(f"{abs(value):.{places}f}") else sign + text
