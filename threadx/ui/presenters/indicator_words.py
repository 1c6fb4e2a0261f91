"""What indicators and their parameters are called on the screen, in the language in use. No Tk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadx.i18n import N_, _, number

__all__ = ["label", "parameter_label", "short", "title"]

_SHORT = {
    "sma": "SMA", "ema": "EMA", "vortex": "Vortex", "adx": "ADX", "ichimoku": "Ichimoku", "supertrend": "Supertrend",
    "rsi": "RSI", "macd": "MACD", "stochastic": "Stoch", "cci": "CCI", "roc": "ROC", "williams_r": "%R", "atr": "ATR",
    "atr_bands": "ATR bands", "bollinger": "Bollinger", "donchian": "Donchian", "keltner": "Keltner", "vwap": "VWAP",
    "vwap_rolling": "VWAP rolling", "vwap_exact": "VWAP exact", "vwap_exact_rolling": "VWAP exact rolling",
    "obv": "OBV", "mfi": "MFI",
}  # fmt: skip
"""Names that traders use in every language."""
_TITLES = {
    "sma": N_("Simple moving average"),
    "ema": N_("Exponential moving average"),
    "vortex": N_("Vortex"),
    "adx": N_("Directional movement"),
    "ichimoku": N_("Ichimoku cloud"),
    "supertrend": N_("Supertrend"),
    "rsi": N_("Relative strength index"),
    "macd": N_("Convergence and divergence of averages"),
    "stochastic": N_("Stochastic oscillator"),
    "cci": N_("Commodity channel index"),
    "roc": N_("Rate of change"),
    "williams_r": N_("Williams percent range"),
    "atr": N_("Average true range"),
    "atr_bands": N_("Bands of the average true range"),
    "bollinger": N_("Bollinger bands"),
    "donchian": N_("Donchian channel"),
    "keltner": N_("Keltner channel"),
    "vwap": N_("Volume-weighted price of the day"),
    "vwap_rolling": N_("Volume-weighted price of the last bars"),
    "vwap_exact": N_("Volume-weighted price of the day, from what was traded"),
    "vwap_exact_rolling": N_("Volume-weighted price of the last bars, from what was traded"),
    "obv": N_("On-balance volume"),
    "mfi": N_("Money flow index"),
}
_PARAMETERS = {
    "period": N_("Period (bars)"),
    "std": N_("Width (deviations)"),
    "multiplier": N_("Width (ranges)"),
    "atr_period": N_("Period of the range"),
    "fast": N_("Fast (bars)"),
    "slow": N_("Slow (bars)"),
    "signal": N_("Signal (bars)"),
    "smooth": N_("Smoothing (bars)"),
    "conversion": N_("Conversion (bars)"),
    "base": N_("Base (bars)"),
    "span": N_("Span B (bars)"),
    "displacement": N_("Shift (bars)"),
    "max_gap": N_("Longest gap (minutes)"),
}
_COMMON = ("max_gap", "timeframe")
_USUAL_GAP = 240


def short(name: str) -> str:
    """Return an indicator's short name: "EMA"."""
    return _SHORT.get(name, name)


def title(name: str) -> str:
    """Return what an indicator is, in words."""
    return _(_TITLES[name]) if name in _TITLES else name


def parameter_label(name: str) -> str:
    """Return what a parameter is called."""
    return _(_PARAMETERS[name]) if name in _PARAMETERS else name


def label(name: str, params: Mapping[str, Any]) -> str:
    """Return an indicator with its parameters, in their order: "Bollinger 20 2", "EMA 20 (gap 60)"."""
    values = [_plain(value) for key, value in params.items() if key not in _COMMON]
    words = " ".join([short(name), *values])
    gap = params.get("max_gap", _USUAL_GAP)
    if gap == _USUAL_GAP:
        return words
    told = _("no gap counts") if gap is None else _("gap {minutes}").format(minutes=gap)
    return f"{words} ({told})"


def _plain(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return number(value, len(f"{value:g}".partition(".")[2]))
