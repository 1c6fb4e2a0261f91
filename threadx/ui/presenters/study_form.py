"""An indicator of a chart as fields: its parameters and, where it has a pane, how high that is. No Tk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from threadx.i18n import N_, _, number
from threadx.indicators.spec import INDICATORS, get
from threadx.ui.presenters.indicator_form import Field, Judged, fields_of, judge
from threadx.ui.presenters.indicator_words import short, title
from threadx.ui.presenters.studies import HEIGHTS, Study
from threadx.ui.presenters.study_styles import style_of
from threadx.ui.presenters.table_rows import Row

__all__ = ["NAME_LENGTH", "StudyForm", "catalogue", "name_problem"]

_HEIGHT = "height"
NAME_LENGTH = 40
"""Letters a template's name may have."""
_WHERE = {False: N_("on the price"), True: N_("below")}


@dataclass(frozen=True, slots=True)
class StudyForm:
    """The fields of one indicator."""

    name: str
    study: Study | None = None
    """What is edited; None: a new one."""
    gap: int | None = None

    def fields(self) -> list[Field]:
        """Return the fields, filled."""
        params = None if self.study is None else self.study.params
        found = fields_of(get(self.name), params, gap=self.gap)
        if style_of(self.name).pane:
            share = Study.of(-1, self.name, {}).height if self.study is None else self.study.height
            least, most = (number(round(end * 100)) for end in HEIGHTS)
            tip = (
                _("From {low} to {high}").format(low=least, high=most) + ". " + _("Or drag the upper edge of the pane")
            )
            found.append(Field(_HEIGHT, _("Height of the pane (%)"), str(round(share * 100)), tip))
        return found

    def judge(self, texts: Mapping[str, str]) -> Judged:
        """Return what the fields mean, and what is wrong with them."""
        judged = judge(get(self.name), {name: text for name, text in texts.items() if name != _HEIGHT})
        if judged.ok and _HEIGHT in texts and self.height(texts) is None:
            least, most = (number(round(end * 100)) for end in HEIGHTS)
            told = _("The height goes from {low} to {high} %").format(low=least, high=most)
            return Judged(judged.params, told, _HEIGHT)
        return judged

    @staticmethod
    def height(texts: Mapping[str, str]) -> float | None:
        """Return the height that is typed, as a share; None where there is none, or it is not allowed."""
        try:
            share = float(texts[_HEIGHT].strip().replace(",", ".")) / 100
        except (KeyError, ValueError):
            return None
        return share if HEIGHTS[0] <= share <= HEIGHTS[1] else None


def catalogue() -> list[Row]:
    """Return all indicators as rows: short name, what it is, where it is drawn."""
    rows = [Row(name, (short(name), title(name), _(_WHERE[style_of(name).pane]))) for name in INDICATORS]
    return sorted(rows, key=lambda row: row.cells[0].casefold())


def name_problem(name: str) -> str:
    """Return why a template cannot be called so, translated; "" where it can."""
    if not name.strip():
        return _("Type a name")
    if len(name.strip()) > NAME_LENGTH:
        return _("At most {n} letters").format(n=number(NAME_LENGTH))
    return ""
