"""Which indicators are meant: words such as `ema:20`, and what the settings name where nobody names any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from threadx.bars.timeframe import Timeframe
from threadx.config_model import Settings
from threadx.errors import IndicatorError
from threadx.indicators.definition import Indicator
from threadx.indicators.spec import MAX_GAP, TIMEFRAME, file_stem, get

__all__ = ["Asked", "Choice", "chosen", "default_choices", "full_params", "wanted"]

Asked = str | tuple[str, Mapping[str, Any] | None]
"""How callers name an indicator: `"ema"`, `"ema:20"`, `"ema:20:max_gap=60"`, `("ema", {"period": 20})`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An indicator with those of its parameters that are not left open; hashable, and it crosses processes."""

    name: str
    given: tuple[tuple[str, Any], ...] = ()
    """Parameter and value."""

    @classmethod
    def of(cls, name: str, params: Mapping[str, Any] | None = None) -> Choice:
        """Return the choice with these parameters; their order does not matter."""
        return cls(name, tuple(sorted((params or {}).items())))

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as a dict."""
        return dict(self.given)

    @property
    def word(self) -> str:
        """The choice in one word, as `chosen` takes it: "ema:period=20"."""
        return ":".join([self.name, *(f"{name}={'none' if value is None else value}" for name, value in self.given)])

    @property
    def indicator(self) -> Indicator:
        """What computes it."""
        return get(self.name)

    def full(self, settings: Settings, timeframe: Timeframe) -> dict[str, Any]:
        """Return every parameter, for bars of `timeframe`."""
        return full_params(settings, self.name, self.params, timeframe)

    def stem(self, settings: Settings) -> str:
        """Return the name of its file, without ending: the same in every timeframe."""
        return file_stem(self.name, {MAX_GAP.name: settings.indicators.max_gap_minutes, **self.params})


def full_params(
    settings: Settings, name: str, params: Mapping[str, Any] | None, timeframe: Timeframe
) -> dict[str, Any]:
    """Return every parameter of an indicator: those given, the settings' longest gap, the defaults.

    Raises:
        IndicatorError: no such indicator or parameter, or a value that is not allowed.
    """
    given = {MAX_GAP.name: settings.indicators.max_gap_minutes, **(params or {})}
    if given.pop(TIMEFRAME.name, timeframe.name) != timeframe.name:
        raise IndicatorError(
            "{indicator}: the timeframe is that of the bars", hint="leave the parameter out", indicator=name
        )
    return get(name).checked({**given, TIMEFRAME.name: timeframe.name})


def default_choices(settings: Settings, *, include_core: bool = False) -> tuple[Choice, ...]:
    """Return what the settings name: Bollinger, ATR, EMA, Vortex; with the core also RSI, MACD, VWAP, OBV, SMA."""
    ours = settings.indicators
    found = [
        Choice.of("bollinger", {"period": period, "std": width})
        for period in ours.bollinger_periods
        for width in ours.bollinger_std
    ]
    found += _periods("atr", ours.atr_periods) + _periods("ema", ours.ema_periods)
    found += _periods("vortex", ours.vortex_periods)
    if include_core:
        macd = Choice.of("macd", dict(zip(("fast", "slow", "signal"), ours.macd, strict=True)))
        found += [*_periods("rsi", ours.rsi_periods), macd, Choice("vwap"), Choice("obv")]
        found += _periods("sma", ours.sma_periods)
    return tuple(found)


def wanted(settings: Settings, asked: Iterable[Asked] | Asked | None, *, include_core: bool = False) -> list[Choice]:
    """Return what a caller asks for, each file once; None: what the settings name.

    A bare name means all that the settings have of it, and its defaults where they have none.

    Raises:
        IndicatorError: no such indicator or parameter, or a value that is not allowed.
    """
    if asked is None:
        return list(default_choices(settings, include_core=include_core))
    several = [asked] if isinstance(asked, str) or _is_pair(asked) else list(asked)
    by_file: dict[str, Choice] = {}
    for each in several:
        for choice in chosen(settings, each):  # type: ignore[arg-type]  # one of the two
            by_file.setdefault(choice.stem(settings), choice)
    return list(by_file.values())


def chosen(settings: Settings, asked: Asked) -> list[Choice]:
    """Return what one word or pair means; raises as `wanted`."""
    if not isinstance(asked, str):
        name, params = asked
        return [_checked(settings, Choice.of(name.strip().lower(), params))]
    name, *values = (word.strip() for word in asked.lower().split(":"))
    indicator = get(name)
    if not values:
        known = [each for each in default_choices(settings, include_core=True) if each.name == name]
        return known or [Choice(name)]
    return [_checked(settings, Choice.of(name, _params_of(indicator, values)))]


def _params_of(indicator: Indicator, values: Sequence[str]) -> dict[str, Any]:
    """Return the parameters that values name: in the indicator's own order, or each as `name=value`."""
    names = [parameter.name for parameter in indicator.parameters]
    plain = [value for value in values if "=" not in value]
    if len(plain) > len(names):
        raise IndicatorError(
            "{indicator}: {count} values, but it has {known}",
            hint="write {example}",
            indicator=indicator.name,
            count=len(plain),
            known=", ".join(names) or "-",
            example=":".join([indicator.name, *(str(parameter.default) for parameter in indicator.parameters)]),
        )
    named = [value.split("=", 1) for value in values if "=" in value]
    pairs = [*zip(names, plain, strict=False), *((name, word) for name, word in named)]
    twice = [name for name, count in Counter(name for name, _word in pairs).items() if count > 1]
    if twice:
        raise IndicatorError(
            "{indicator}: {parameter} is given twice",
            hint="give each parameter once, by its place or by its name",
            indicator=indicator.name,
            parameter=twice[0],
        )
    return {name: _value(word) for name, word in pairs}


def _checked(settings: Settings, choice: Choice) -> Choice:
    choice.full(settings, Timeframe.parse(choice.params.get(TIMEFRAME.name, "1m")))
    return choice


def _periods(name: str, periods: Sequence[int]) -> list[Choice]:
    return [Choice.of(name, {"period": period}) for period in periods]


def _is_pair(asked: object) -> bool:
    return isinstance(asked, tuple) and len(asked) == 2 and not isinstance(asked[1], (str, tuple))


def _value(word: str) -> Any:  # noqa: ANN401 - a number, None, or the word itself
    if word == "none":
        return None
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
