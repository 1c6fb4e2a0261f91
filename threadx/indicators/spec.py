"""The indicators there are: by name, with checked parameters, and the name their cache file takes.

Names are lower case. A run over columns of bars can be continued from a plain JSON state, bit for bit: see
`Indicator.run`. Two parameters are common to all: `max_gap` (minutes; a longer stretch without bars starts the warm-up
again; None bridges all) and `timeframe` (what the bars are). Pure: no files, no network, no clock, no threads.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from threadx.errors import IndicatorError
from threadx.indicators import momentum, trend, volatility, volume
from threadx.indicators.definition import MAX_GAP, TIMEFRAME, Indicator, Parameter, Params, Value
from threadx.indicators.streams import State

__all__ = [
    "INDICATORS",
    "MAX_GAP",
    "TIMEFRAME",
    "Indicator",
    "Parameter",
    "Params",
    "State",
    "Value",
    "checked",
    "file_stem",
    "get",
]

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {each.name: each for room in (trend, momentum, volatility, volume) for each in room.INDICATORS}
)
"""All there are, by name."""


def get(name: str) -> Indicator:
    """Return the indicator of a name.

    Raises:
        IndicatorError: there is none; the hint names the nearest, or all.
    """
    found = INDICATORS.get(name)
    if found is not None:
        return found
    near = difflib.get_close_matches(name.lower(), INDICATORS, 1)
    if near:
        raise IndicatorError(
            "{indicator}: no such indicator", hint="did you mean {near}?", indicator=name, near=near[0]
        )
    raise IndicatorError(
        "{indicator}: no such indicator", hint="there are: {known}", indicator=name, known=", ".join(INDICATORS)
    )


def checked(name: str, params: Params | None = None) -> dict[str, Value]:
    """Return all parameters of an indicator, defaults filled in: its own, then `max_gap` and `timeframe`.

    Pass the timeframe of the bars, and as `max_gap` the setting, where the user gave none.

    Raises:
        IndicatorError: no such indicator; a parameter that it has not, of the wrong type, or out of range.
    """
    return get(name).checked(params)


def file_stem(name: str, params: Params | None = None) -> str:
    """Return the name, without ending, of the file that keeps these values: `bollinger_20_2.0`.

    The indicator's name and its own parameters in order, joined by `_`: whole numbers plain, others as Python writes
    them. `_gap60` or `_gapnone` follows where `max_gap` is not its default of 240. The timeframe is the folder's.
    """
    full = checked(name, params)
    words = [name, *(str(full[each.name]) for each in get(name).parameters)]
    if full[MAX_GAP.name] != MAX_GAP.default:
        words.append(f"gap{full[MAX_GAP.name]}".lower())
    return "_".join(words)
