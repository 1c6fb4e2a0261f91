"""Which column of a file is which: by its name, else by its place, and then only if the bars confirm it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from threadx.bars.schema import CRITICAL_COLS, MINUTES, OPEN_TIME, OPTIONAL_COLS, SYMBOL
from threadx.data.legacy.times import NO_TIME, moments
from threadx.data.legacy.values import Cells, floats
from threadx.data.plan import Note
from threadx.errors import FileValidationError

__all__ = ["CLOCK", "CLOSE_TIME", "FINISHED", "KLINE", "TIMEFRAME", "VALUES", "Assigned", "by_name", "by_place"]

CLOSE_TIME, TIMEFRAME, CLOCK, FINISHED = "close_time", "timeframe", "clock", "finished"

_SPELLINGS: dict[str, tuple[str, ...]] = {
    OPEN_TIME: (
        "open_time", "open_timestamp", "kline_open_time", "start_time", "start_at", "timestamp", "timestamp_ms", "unix",
        "unix_timestamp", "datetime", "date_time", "date", "candle_begin_time", "ts", "start", "begin", "bucket",
        "time", "gmt_time", "utc_time", "index", "level_0",
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "max", "h"),
    "low": ("low", "low_price", "min", "l"),
    "close": ("close", "close_price", "c"),
    "volume": ("volume", "base_volume", "volume_base", "base_asset_volume", "vol", "volumefrom", "v"),
    "quote_volume": (
        "quote_volume", "quote_asset_volume", "volume_quote", "quotevolume", "qav", "turnover", "volumeto", "q",
    ),
    "trades": (
        "trades", "number_of_trades", "num_trades", "trade_count", "tradecount", "no_of_trades", "trades_count",
        "count", "n",
    ),
    "taker_buy_base": (
        "taker_buy_base", "taker_buy_base_asset_volume", "taker_buy_base_volume", "taker_buy_volume",
        "taker_base_volume", "tbbav",
    ),
    "taker_buy_quote": (
        "taker_buy_quote", "taker_buy_quote_asset_volume", "taker_buy_quote_volume", "taker_quote_volume", "tbqav",
    ),
    SYMBOL: (SYMBOL, "pair", "ticker", "market", "instrument_name", "s"),
    TIMEFRAME: (TIMEFRAME, "interval", "tf", "i"),
    MINUTES: (MINUTES,),
    FINISHED: ("is_final", "is_closed", "closed", "final", "confirm", "x"),
    CLOSE_TIME: (CLOSE_TIME, "close_timestamp", "kline_close_time", "end_time"),
}  # fmt: skip
"""What other tools call the columns of a bar, the surest name first."""
_SHORT = {"t": OPEN_TIME, "T": CLOSE_TIME, "V": "taker_buy_base", "Q": "taker_buy_quote"}
"""One-letter names of the exchange's streams, where letter case tells columns apart."""
_KNOWN = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
_SILENT = frozenset({"ignore", "year", "month", "provider", "exchange", "unnamed_0", "", "f", "B"})

KLINE = (
    OPEN_TIME, "open", "high", "low", "close", "volume", CLOSE_TIME, "quote_volume", "trades", "taker_buy_base",
    "taker_buy_quote", "ignore",
)  # fmt: skip
"""The exchange's own rows, by place."""
_ORDERS = {
    "time, open, high, low, close, volume": ("open", "high", "low", "close"),
    "time, open, close, high, low, volume": ("open", "close", "high", "low"),
    "time, low, high, open, close, volume": ("low", "high", "open", "close"),
}
"""ccxt and freqtrade; Jesse and KuCoin; Coinbase."""
_MOSTLY = 0.99


@dataclass(frozen=True, slots=True)
class Assigned:
    """The columns of a file by what they hold."""

    columns: dict[str, Cells]
    """`open_time`, the value columns of a bar, and where there are any `symbol`, `timeframe`, `close_time`,
    `clock`, `finished`."""
    left: tuple[str, ...] = ()
    """Columns that are no part of a bar."""
    note: Note | None = None
    """What was not obvious."""


def by_name(table: Mapping[str, Cells], *, base: str = "", where: object) -> Assigned:
    """Return which named column is which.

    Args:
        table: the columns of a file.
        base: the symbol, where it is known: download sites write "Volume BTC" and "Volume USDT".
        where: the file, for messages.

    Raises:
        FileValidationError: a column that bars need is missing, or stands twice.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    left: list[str] = []
    for name in table:
        meaning, rank = _meaning(str(name), base)
        if meaning is None:
            left += [] if _plain(str(name)) in _SILENT else [str(name)]
        else:
            found.setdefault(meaning, []).append((rank, name))
    columns: dict[str, Cells] = {}
    for meaning, names in found.items():
        names.sort(key=lambda each: each[0])
        if len(names) > 1 and names[0][0] == names[1][0]:
            raise FileValidationError(
                "{path}: two columns hold the {column}: {names}",
                hint="take one of them out",
                path=where,
                column=meaning,
                names=", ".join(repr(str(name)) for _rank, name in names),
            )
        columns[meaning] = table[names[0][1]]
        left += [str(name) for _rank, name in names[1:] if meaning != OPEN_TIME]
    clock = [name for _rank, name in found.get(OPEN_TIME, ())[1:] if _plain(str(name)) == "time"]
    if clock:
        columns[CLOCK] = table[clock[0]]
    _need(columns, table, where)
    return Assigned(columns, tuple(left))


def by_place(cells: Sequence[Cells], *, where: object) -> Assigned:
    """Return which column is which where none has a name.

    The exchange's own order is assumed beyond the sixth column; among the first six the order is the one that makes
    the high the highest and the low the lowest in most rows.

    Raises:
        FileValidationError: there are not enough columns, or what they hold cannot be told.
    """
    if len(cells) < 6:
        raise FileValidationError(
            "{path}: {count} columns without names; bars need six: time, open, high, low, close, volume",
            hint="give the file a header line",
            path=where,
            count=len(cells),
        )
    if len(cells) > len(KLINE):
        raise FileValidationError(
            "{path}: {count} columns without names: what they hold cannot be told",
            hint="give the file a header line",
            path=where,
            count=len(cells),
        )
    order = _order(cells)
    columns: dict[str, Cells] = {OPEN_TIME: cells[0], **dict(zip(_ORDERS[order], cells[1:5], strict=True))}
    columns["volume"] = cells[5]
    left: tuple[str, ...] = ()
    if len(cells) > 6 and _are_close_times(cells):
        columns |= {name: each for name, each in zip(KLINE[6:], cells[6:], strict=False) if name != "ignore"}
    elif len(cells) == 7 and _is_turnover(columns, cells[6]):
        columns["quote_volume"] = cells[6]
    elif len(cells) == 7:
        left = ("#7",)
    elif len(cells) > 7:
        raise FileValidationError(
            "{path}: {count} columns without names, and the seventh is no close time: what they hold cannot be told",
            hint="give the file a header line",
            path=where,
            count=len(cells),
        )
    return Assigned(columns, left, Note("columns without names, taken as {order}", {"order": order}))


def _meaning(name: str, base: str) -> tuple[str | None, int]:
    if name in _SHORT:
        return _SHORT[name], len(_SPELLINGS[_SHORT[name]])
    plain = _plain(name)
    asset = plain.removeprefix("volume_").upper()
    if base and plain.startswith("volume_") and plain not in _KNOWN:
        return ("volume", 1) if base.startswith(asset) else ("quote_volume", 1) if base.endswith(asset) else (None, 0)
    meaning = _KNOWN.get(plain)
    return meaning, _SPELLINGS[meaning].index(plain) if meaning is not None else 0


def _plain(name: str) -> str:
    """Return a name in one spelling: "Open time", "openTime" and "<OPEN-TIME>" are "open_time"."""
    if name in {"f", "B"}:
        return name
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip(" \t<>\"'"))
    return re.sub(r"[\W_]+", "_", parted).strip("_").lower()


def _need(columns: Mapping[str, Cells], table: Mapping[str, Cells], where: object) -> None:
    missing = [name for name in (OPEN_TIME, *CRITICAL_COLS) if name not in columns]
    if missing:
        raise FileValidationError(
            "{path}: no bars: without {missing}; its columns are {there}",
            hint="bars need a time, open, high, low, close and volume",
            path=where,
            missing=", ".join("time" if name == OPEN_TIME else name for name in missing),
            there=", ".join(repr(str(name)) for name in list(table)[:12]) or "-",
        )


def _order(cells: Sequence[Cells]) -> str:
    prices = [floats(each) for each in cells[1:5]]
    broken = {}
    for text, names in _ORDERS.items():
        bar = dict(zip(names, prices, strict=True))
        bad = (bar["high"] < np.maximum(bar["open"], bar["close"])) | (
            bar["low"] > np.minimum(bar["open"], bar["close"])
        )
        broken[text] = int(bad.sum())
    return min(broken, key=lambda text: broken[text])  # the usual order where they are equally good


def _are_close_times(cells: Sequence[Cells]) -> bool:
    opens, closes = moments(cells[0]).ms, moments(cells[6]).ms
    return bool(((closes >= opens) & (closes != NO_TIME)).mean() >= _MOSTLY)


def _is_turnover(columns: Mapping[str, Cells], cells: Cells) -> bool:
    """Whether a column is volume times a price between low and high."""
    volume, paid = floats(columns["volume"]), floats(cells)
    low, high = floats(columns["low"]) * volume, floats(columns["high"]) * volume
    return bool(((paid >= low * (1 - 1e-6)) & (paid <= high * (1 + 1e-6))).mean() >= _MOSTLY)


VALUES = (*CRITICAL_COLS, *OPTIONAL_COLS, MINUTES)
"""The columns of a bar that are numbers."""
