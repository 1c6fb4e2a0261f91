"""Parameters of an indicator as somebody types them: fields, and what is wrong with them. No Tk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from threadx.errors import ThreadXError
from threadx.i18n import _, error_text, number
from threadx.ui.presenters.indicator_words import parameter_label

if TYPE_CHECKING:
    from threadx.indicators.definition import Indicator, Parameter

__all__ = ["Draft", "Field", "Judged", "fields_of", "judge"]

_NONE = ("", "none", "-")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter as a field."""

    name: str
    label: str
    """Translated."""
    text: str
    tip: str
    """What may be typed; translated."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to add: it outlives the fields it is typed into."""

    indicator: str = ""
    """"": none was chosen yet."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What was typed over what stood in a field, by its name."""

    def of(self, indicator: str, fields: Sequence[Field]) -> list[Field]:
        """Return the fields of an indicator with what was typed for it."""
        typed = self.texts if indicator == self.indicator else {}
        return [replace(each, text=typed.get(each.name, each.text)) for each in fields]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was typed, as parameters."""

    params: dict[str, Any]
    """Those that are right; all where `error` is ""."""
    error: str = ""
    """What is wrong, translated, with what is allowed."""
    wrong: str = ""
    """The name of the field."""

    @property
    def ok(self) -> bool:
        """Whether it can be used."""
        return not self.error


def fields_of(indicator: Indicator, params: Mapping[str, Any] | None = None, *, gap: int | None = None) -> list[Field]:
    """Return a field for each parameter: filled with `params`, else its default; the longest gap comes last.

    `gap` is the longest gap of the settings.
    """
    given = {"max_gap": gap, **(params or {})} if gap is not None else dict(params or {})
    return [
        Field(each.name, parameter_label(each.name), _text(given.get(each.name, each.default)), _tip(each))
        for each in _parameters(indicator)
    ]


def judge(indicator: Indicator, texts: Mapping[str, str]) -> Judged:
    """Return what the fields mean, checked by the indicator itself."""
    params: dict[str, Any] = {}
    for each in _parameters(indicator):
        if each.name not in texts:
            continue
        try:
            params[each.name] = each.checked(indicator.name, _value(each, texts[each.name]))
        except ThreadXError as failure:
            return Judged(params, error_text(failure), each.name)
    try:
        indicator.checked(params)
    except ThreadXError as failure:
        return Judged(params, error_text(failure))
    return Judged(params)


def _parameters(indicator: Indicator) -> list[Parameter]:
    from threadx.indicators.definition import MAX_GAP  # noqa: PLC0415 - it is loaded: there is an indicator of it

    return [*indicator.parameters, MAX_GAP]


def _value(parameter: Parameter, text: str) -> object:
    word = text.strip().replace(",", ".")
    if parameter.optional and word.casefold() in (*_NONE, _("none")):
        return None
    if parameter.kind is str:
        return word
    try:
        return float(word) if parameter.kind is float or "." in word else int(word)
    except ValueError:
        return text.strip()  # which the parameter refuses, with what is allowed


def _text(value: object) -> str:
    if isinstance(value, float):
        return number(value, len(f"{value:g}".partition(".")[2]))
    return _("none") if value is None else str(value)


def _tip(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(parameter.choices)
    low, high = (number(end, 0 if float(end).is_integer() else 2) for end in (parameter.low, parameter.high))
    told = _("From {low} to {high}").format(low=low, high=high)
    if parameter.optional:
        told += ". " + _("A longer stretch without bars starts the warm-up again; none: no gap does")
    return told
