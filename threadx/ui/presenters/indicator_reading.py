"""What the Indicators tab reads: stored bars, indicators there are, what settings name, how files stand. Blocking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from threadx.errors import ThreadXError
from threadx.i18n import error_text
from threadx.progress import Progress
from threadx.ui.presenters.indicator_picks import Pick, file_key, in_order, pick_of

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.config import Settings
    from threadx.indicators.answers import IndicatorStatus
    from threadx.indicators.choices import Choice
    from threadx.indicators.definition import Indicator

__all__ = ["Reading", "read_all"]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read, and what it takes to name further indicators without reading again."""

    settings: Settings
    stored: Mapping[str, tuple[str, ...]]
    """Timeframes that have bars, by symbol, of the source in use."""
    indicators: Mapping[str, Indicator]
    picks: tuple[Pick, ...]
    files: Mapping[str, IndicatorStatus]
    """How the files there are stand, by key."""
    refused: str = ""
    """Why an indicator that was added once is not offered, translated."""

    @property
    def gap(self) -> int:
        """The longest gap of the settings, in minutes."""
        return self.settings.indicators.max_gap_minutes

    def resolve(self, name: str, params: Mapping[str, Any]) -> tuple[Choice, dict[str, Any], str]:
        """Return what the engine calls an indicator: its choice, all parameters, the name of its file.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
        """
        return _resolved(self.settings, name, params)

    def with_pick(self, pick: Pick) -> Reading:
        """Return this with one more indicator to tick."""
        return replace(self, picks=(*self.picks, pick))

    def without(self, pick: Pick) -> Reading:
        """Return this with one fewer."""
        return replace(self, picks=tuple(each for each in self.picks if each is not pick))


def read_all(bridge: ThreadXBridge, own: Sequence[Any], *, include_core: bool, progress: Progress) -> Reading:
    """Read everything that the tab shows. Worker threads only.

    Args:
        bridge: asked.
        own: indicators that the user added, [name, parameters] each, as the state file has them: checked here.
        include_core: offer RSI, MACD, VWAP, OBV and SMA too.
        progress: cancels.
    """
    indicators = {each.name: each for each in bridge.indicators(progress)}
    rows = [row for row in bridge.inventory(progress, count_gaps=False) if row.provider == bridge.provider]
    frames: dict[str, list[str]] = {}
    for row in rows:
        frames.setdefault(row.symbol, []).append(row.timeframe)
    stored = {symbol: in_order(names) for symbol, names in sorted(frames.items())}
    plain = {choice.word for choice in bridge.indicator_choices(None, progress)}
    known = bridge.indicator_choices(None, progress, include_core=include_core)
    picks = [_pick(bridge.settings, choice.name, choice.params, core=choice.word not in plain) for choice in known]
    added, refused = _added(bridge.settings, own, {pick.stem for pick in picks})
    files = {
        file_key(each.provider, each.symbol, each.timeframe, each.stem): _ordered(each, indicators)
        for each in bridge.indicator_status(progress=progress)
    }
    return Reading(bridge.settings, stored, indicators, (*picks, *added), files, refused)


def _ordered(status: IndicatorStatus, indicators: Mapping[str, Indicator]) -> IndicatorStatus:
    """Return it with its parameters in the indicator's order: a file has them in that of the alphabet."""
    if status.indicator not in indicators:
        return status
    names = [each.name for each in indicators[status.indicator].parameters]
    ahead = {name: status.params[name] for name in names if name in status.params}
    return replace(status, params={**ahead, **status.params})


def _added(settings: Settings, own: Iterable[Any], known: set[str]) -> tuple[list[Pick], str]:
    picks: dict[str, Pick] = {}
    refused = ""
    for each in own:
        try:
            name, params = each
            pick = _pick(settings, name, params, own=True)
        except ThreadXError as failure:
            refused = error_text(failure)
        except (TypeError, ValueError, AttributeError):  # somebody wrote into the state file
            continue
        else:
            if pick.stem not in known:
                picks[pick.stem] = pick
    return list(picks.values()), refused


def _pick(settings: Settings, name: str, params: Mapping[str, Any], *, own: bool = False, core: bool = False) -> Pick:
    return pick_of(*_resolved(settings, name, params), own=own, core=core)


def _resolved(settings: Settings, name: str, params: Mapping[str, Any]) -> tuple[Choice, dict[str, Any], str]:
    from threadx.bars.timeframe import ONE_MINUTE  # noqa: PLC0415 - the engine's: loaded by now
    from threadx.indicators.choices import Choice, full_params  # noqa: PLC0415 - as above

    given = {key: value for key, value in params.items() if key != "timeframe"}
    full = full_params(settings, name, given, ONE_MINUTE)
    choice = Choice.of(name, given)
    return choice, full, choice.stem(settings)
