"""What an indicator is: a name, checked parameters, named outputs, and a run that can be continued."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.errors import IndicatorError
from threadx.indicators.gaps import restarts
from threadx.indicators.streams import Floats, State, Stream, drive

__all__ = ["LONGEST", "MAX_GAP", "TIMEFRAME", "Indicator", "Parameter", "Params", "Value"]

Value = int | float | str | None
Params = Mapping[str, Value]

LONGEST = 10_000
"""Bars: the longest period offered."""
_LONGEST_GAP = 525_600
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter and what it may be: a number from `low` to `high`, or one of `choices`."""

    name: str
    kind: type[int | float | str]
    default: Value
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    optional: bool = False
    """None is allowed."""

    def checked(self, indicator: str, value: object) -> Value:
        """Return `value` as the right type.

        Raises:
            IndicatorError: the wrong type, or out of range; the message says what is allowed.
        """
        if value is None and self.optional:
            return None
        if self.kind is str:
            if isinstance(value, str) and value in self.choices:
                return value
            raise self._refused(indicator, value, ", ".join(self.choices))
        number = _number(value, self.kind)
        if number is None or not self.low <= number <= self.high:
            raise self._refused(indicator, value, f"{self.low:g} .. {self.high:g}")
        return number

    def _refused(self, indicator: str, value: object, allowed: str) -> IndicatorError:
        return IndicatorError(
            "{indicator}: {parameter} cannot be {value}",
            hint="allowed: {allowed}",
            indicator=indicator,
            parameter=self.name,
            value=repr(value)[:_LONGEST_SHOWN],
            allowed=allowed,
        )


def _number(value: object, kind: type) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number that is beyond all ranges
        return None
    if kind is int:
        return int(value) if number.is_integer() else None
    return number


MAX_GAP = Parameter("max_gap", int, 240, 0, _LONGEST_GAP, optional=True)
"""Common to all: a stretch without bars longer than this many minutes starts the warm-up again; None bridges all."""
TIMEFRAME = Parameter("timeframe", str, ONE_MINUTE.name, choices=tuple(each.name for each in TIMEFRAMES))
"""Common to all: what the bars are, without which nobody knows what is missing between two of them."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. Two of one name are the same; it travels between processes by its name."""

    name: str
    version: int
    """Goes up when the same bars give other values than before."""
    parameters: tuple[Parameter, ...]
    """Its own, in the order of the file name; `max_gap` and `timeframe` are common to all."""
    output_names: tuple[str, ...]
    needs: tuple[str, ...]
    """Columns it looks at, in the order its stream takes them."""
    recursive: bool
    """A value depends on all bars since the warm-up began, not on a window."""
    make: Callable[..., Stream]
    """Gives a new stream; takes its own parameters by name."""
    lookback: Callable[..., int]
    """Gives the warm-up in bars; takes its own parameters by name."""
    ascending: tuple[str, str] | None = None
    """Two parameters of which the first must be less than the second."""

    def outputs(self, params: Params) -> tuple[str, ...]:  # noqa: ARG002 - the agreed form; names do not depend on it yet
        """Return the names of the outputs, in order."""
        return self.output_names

    def warm_up(self, params: Params) -> int:
        """Return after how many bars every output has its first value: the number of leading NaN of the latest one.

        Where `recursive` is false a value depends on this many bars before its own, and on no others.
        """
        return self.lookback(**self._own(self.checked(params)))

    def checked(self, params: Params | None) -> dict[str, Value]:
        """Return all parameters, defaults filled in and the common ones last.

        Raises:
            IndicatorError: a parameter that it has not, of the wrong type, or out of range.
        """
        given = dict(params or {})
        full = {each.name: each.checked(self.name, given.pop(each.name, each.default)) for each in self._all()}
        if given:
            raise IndicatorError(
                "{indicator} has no parameter {parameter}",
                hint="it has: {known}",
                indicator=self.name,
                parameter=", ".join(given),
                known=", ".join(each.name for each in self._all()),
            )
        self._check_order(full)
        return full

    def _check_order(self, full: Mapping[str, Any]) -> None:
        if self.ascending is not None and full[self.ascending[0]] >= full[self.ascending[1]]:
            raise IndicatorError(
                "{indicator}: {lesser} must be less than {greater}",
                hint="given were {lesser} {low} and {greater} {high}",
                indicator=self.name,
                lesser=self.ascending[0],
                greater=self.ascending[1],
                low=full[self.ascending[0]],
                high=full[self.ascending[1]],
            )

    def run(
        self, columns: Columns, params: Params, state: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Floats], State]:
        """Return the outputs at every bar, float64 with NaN while warming up, and the state to go on from.

        Running over all bars, and over the first k and then with that state over the rest, give the same bits.

        Args:
            columns: `open_time` (int64 ms UTC, strictly increasing) and what `needs` names.
            params: any of the parameters; the defaults stand for the rest. The same as when `state` was made.
            state: what an earlier run returned; None starts anew. Plain JSON.

        Raises:
            IndicatorError: parameters that are not allowed, or a column that is missing.
        """
        full = self.checked(params)
        own = self._own(full)
        open_time_ms = columns[OPEN_TIME]
        inputs = self._inputs(columns)
        last_ms, stream = None, None
        if state is not None and state["open_time"] is not None:
            last_ms = int(state["open_time"])
            stream = self.make(**own).resumed(state["stream"]) if state["stream"] is not None else None
        cuts = restarts(open_time_ms, Timeframe.parse(str(full["timeframe"])), _minutes(full["max_gap"]), last_ms)
        arrays, stream = drive(lambda: self.make(**own), inputs, len(self.output_names), restarts=cuts, stream=stream)
        if open_time_ms.size:
            last_ms = int(open_time_ms[-1])
        after: State = {"open_time": last_ms, "stream": None if stream is None else stream.dump()}
        return dict(zip(self.output_names, arrays, strict=True)), after

    def _inputs(self, columns: Columns) -> list[NDArray[Any]]:
        missing = [name for name in self.needs if name not in columns]
        if missing:
            raise IndicatorError(
                "{indicator}: the bars have no {columns}",
                hint="it needs: {needs}",
                indicator=self.name,
                columns=", ".join(missing),
                needs=", ".join(self.needs),
            )
        return [
            columns[name] if name == OPEN_TIME else columns[name].astype(np.float64, copy=False) for name in self.needs
        ]

    def _all(self) -> tuple[Parameter, ...]:
        return (*self.parameters, MAX_GAP, TIMEFRAME)

    def _own(self, full: Mapping[str, Value]) -> dict[str, Any]:
        return {each.name: full[each.name] for each in self.parameters}

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel by name: functions inside would not pickle."""
        from threadx.indicators.spec import get  # noqa: PLC0415 - spec lists what this module defines

        return get, (self.name,)


def _minutes(value: Value) -> int | None:
    return None if value is None else int(value)
