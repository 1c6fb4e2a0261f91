"""The same bars in every shape that other tools leave behind."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from threadx.bars.schema import OPEN_TIME, frame_from_columns
from threadx.bars.timeframe import Timeframe

FIVE = ("open", "high", "low", "close", "volume")
REST = ("quote_volume", "trades", "taker_buy_base", "taker_buy_quote")


def _rows(columns, names=FIVE):
    return list(zip(columns[OPEN_TIME].tolist(), *(columns[name].tolist() for name in names), strict=True))


def iso(ms, zone="Z"):
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + zone


def dicts(columns, *, time="timestamp", of=lambda ms: ms, names=FIVE, spell=lambda value: value):
    return json.dumps(
        [
            {time: of(ms), **{name: spell(each) for name, each in zip(names, row, strict=True)}}
            for ms, *row in _rows(columns, names)
        ]
    ).encode()


def lists(columns, order=FIVE, of=lambda ms: ms):
    return json.dumps([[of(ms), *row] for ms, *row in _rows(columns, order)]).encode()


def klines(columns, timeframe="1m"):
    """Return the exchange's own rows: twelve columns, prices as text."""
    ends = Timeframe.parse(timeframe).next(columns[OPEN_TIME]) - 1
    rows = []
    for row, end in zip(_rows(columns, (*FIVE, *REST)), ends.tolist(), strict=True):
        ms, o, h, low, c, v, q, n, base, quote = row
        rows.append([ms, *map(_eight, (o, h, low, c, v)), end, _eight(q), int(n), _eight(base), _eight(quote), "0"])
    return rows


def _eight(value):
    return f"{value:.8f}"


def table(columns, header, *, of=lambda ms: ms, delimiter=",", names=FIVE):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    if header:
        writer.writerow(header)
    writer.writerows([of(ms), *map(repr, row)] for ms, *row in _rows(columns, names))
    return text.getvalue().encode()


def parquet(frame):
    sink = io.BytesIO()
    frame.to_parquet(sink)
    return sink.getvalue()


def feather(frame):
    sink = io.BytesIO()
    frame.to_feather(sink)
    return sink.getvalue()


def zipped(name, content):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return sink.getvalue()


def local(form):
    """Return how times are written by a form of `strftime`."""
    return lambda ms: datetime.fromtimestamp(ms / 1000, UTC).strftime(form)


def european(content):
    """Return a CSV file as a spreadsheet of a country with decimal commas saves it."""
    return b"\xef\xbb\xbf" + content.replace(b".", b",").replace(b"\n", b"\r\n")


def yahoo(columns):
    """Return what yfinance's frame becomes as CSV: a line of columns, one of tickers, one with the index's name."""
    rows = table(columns, (), of=local("%Y-%m-%d %H:%M:%S+00:00"), names=("close", "high", "low", "open", "volume"))
    head = b"Price,Close,High,Low,Open,Volume\nTicker" + b",BTC-USDT" * 5 + b"\nDatetime,,,,,\n"
    return head + rows


def dated(columns, name="date", zone="UTC"):
    """Return a frame with the open time in a column, as freqtrade has it."""
    frame = frame_from_columns({key: columns[key] for key in (OPEN_TIME, *FIVE)})
    times = frame.index.tz_convert(zone) if zone else frame.index.tz_localize(None)
    return frame.reset_index(drop=True).assign(**{name: times})


def shapes(columns):
    """Return (file name, content, keeps the optional columns) of every shape of 1m bars."""
    us = [[row[0] * 1000, *row[1:]] for row in klines(columns)]
    mixed = [[row[0] * (1000 if place % 2 else 1), *row[1:]] for place, row in enumerate(klines(columns))]
    rows = klines(columns)
    frame = frame_from_columns(columns)
    split = {"columns": ["time", *FIVE], "data": json.loads(lists(columns))}
    columnar = {"timestamp": columns[OPEN_TIME].tolist(), **{name: columns[name].tolist() for name in FIVE}}
    by_time = {str(ms): dict(zip(FIVE, row, strict=True)) for ms, *row in _rows(columns)}
    oriented = {
        name: {str(ms): value for ms, value in zip(columns[OPEN_TIME].tolist(), columns[name].tolist(), strict=True)}
        for name in FIVE
    }
    return {
        "objects, ms": ("BTCUSDT_1m.json", dicts(columns), False),
        "objects, seconds": ("BTCUSDT_1m.json", dicts(columns, of=lambda ms: ms // 1000), False),
        "objects, seconds with a point": ("BTCUSDT_1m.json", dicts(columns, of=lambda ms: ms / 1000), False),
        "objects, microseconds": ("BTCUSDT_1m.json", dicts(columns, of=lambda ms: ms * 1000), False),
        "objects, nanoseconds": ("BTCUSDT_1m.json", dicts(columns, of=lambda ms: ms * 10**6), False),
        "objects, ISO": ("BTCUSDT_1m.json", dicts(columns, time="datetime", of=iso), False),
        "objects, ISO with an offset": (
            "BTCUSDT_1m.json",
            dicts(columns, of=lambda ms: iso(ms + 7_200_000, "+02:00")),
            False,
        ),
        "objects, ISO without a zone": (
            "BTCUSDT_1m.json",
            dicts(columns, time="date", of=lambda ms: iso(ms, "")),
            False,
        ),
        "objects, numbers as text": ("BTCUSDT_1m.json", dicts(columns, of=str, spell=repr), False),
        "objects, all columns": ("BTCUSDT_1m.json", dicts(columns, names=(*FIVE, *REST)), True),
        "lists, ccxt and freqtrade": ("BTC_USDT-1m.json", lists(columns), False),
        "lists, Jesse": ("BTC-USDT-1m.json", lists(columns, ("open", "close", "high", "low", "volume")), False),
        "lists, Coinbase": (
            "BTC-USDT_1m.json",
            lists(columns, ("low", "high", "open", "close", "volume"), lambda ms: ms // 1000),
            False,
        ),
        "lists with a header": (
            "BTCUSDT_1m.json",
            json.dumps([["Open time", *FIVE], *json.loads(lists(columns))]).encode(),
            False,
        ),
        "the exchange's rows": ("BTCUSDT_1m.json", json.dumps(rows).encode(), True),
        "the exchange's rows in microseconds": ("BTCUSDT_1m.json", json.dumps(us).encode(), True),
        "units that change": ("BTCUSDT_1m.json", json.dumps(mixed).encode(), True),
        "wrapped": ("candles.json", json.dumps({"symbol": "BTC/USDT", "interval": "1m", "data": rows}).encode(), True),
        "JSON lines": ("BTCUSDT_1m.jsonl", b"\n".join(json.dumps(row).encode() for row in rows), True),
        "pandas split": ("BTCUSDT_1m.json", json.dumps(split).encode(), False),
        "pandas columns": ("BTCUSDT_1m.json", json.dumps(oriented).encode(), False),
        "rows by time": ("BTCUSDT_1m.json", json.dumps(by_time).encode(), False),
        "an object of columns": ("BTCUSDT_1m.json", json.dumps(columnar).encode(), False),
        "gzip": ("BTC_USDT-1m.json.gz", gzip.compress(lists(columns)), False),
        "gzip without saying so": ("BTC_USDT-1m.json", gzip.compress(lists(columns)), False),
        "a byte order mark": ("BTCUSDT_1m.json", b"\xef\xbb\xbf" + dicts(columns), False),
        "UTF-16": ("BTCUSDT_1m.json", dicts(columns).decode().encode("utf-16"), False),
        "CSV": ("BTCUSDT_1m.csv", table(columns, ("timestamp", *FIVE)), False),
        "CSV, other names": (
            "btcusdt_1m.csv",
            table(columns, ("Open Time", "Open", "High", "Low", "Close", "Volume"), of=iso),
            False,
        ),
        "CSV without a header": ("BTCUSDT-1m-2024-03.csv", table(columns, ()), False),
        "CSV of the exchange's dumps": (
            "BTCUSDT-1m-2024-03.csv",
            b"\n".join(",".join(map(str, row)).encode() for row in us),
            True,
        ),
        "CSV with semicolons": ("BTCUSDT_1m.csv", table(columns, ("date", *FIVE), delimiter=";", of=iso), False),
        "CSV of a download site": (
            "Binance_BTCUSDT_minute.csv",
            b"https://www.example.com\n" + table(columns, ("Unix", "Open", "High", "Low", "Close", "Volume BTC")),
            False,
        ),
        "CSV of a spreadsheet, day first": (
            "BTCUSDT_1m.csv",
            european(table(columns, ("Date", *FIVE), delimiter=";", of=local("%d/%m/%Y %H:%M"))),
            False,
        ),
        "CSV of a spreadsheet, day between points": (
            "BTCUSDT_1m.csv",
            european(table(columns, ("Date", *FIVE), delimiter=";", of=local("%d;%m;%Y %H:%M"))).replace(
                b"20;03;2023", b"20.03.2023"
            ),
            False,
        ),
        "CSV of a spreadsheet, no header": (
            "BTCUSDT_1m.csv",
            european(table(columns, (), delimiter=";")),
            False,
        ),
        "CSV of a spreadsheet, month first": (
            "BTCUSDT_1m.csv",
            table(columns, ("Date", *FIVE), of=local("%m/%d/%Y %I:%M:%S %p")),
            False,
        ),
        "CSV of MetaTrader 4": (
            "BTCUSDT_M1.csv",
            table(columns, (), of=local("%Y.%m.%d,%H:%M")).replace(b'"', b""),
            False,
        ),
        "CSV of TradingView": (
            "BINANCE_BTCUSDT, 1_3f5a2.csv",
            table(columns, ("time", *FIVE[:4], "Volume"), of=lambda ms: ms // 1000),
            False,
        ),
        "CSV of yfinance": ("btc.csv", yahoo(columns), False),
        "the exchange's dumps as they are": (
            "BTCUSDT-1m-2025-03.zip",
            zipped("BTCUSDT-1m-2025-03.csv", b"\n".join(",".join(map(str, row)).encode() for row in us)),
            True,
        ),
        "zip that is called otherwise": ("bars.zip", zipped("old/BTC_USDT-1m.json", lists(columns)), False),
        "CSV with day and clock": (
            "BTCUSDT_1m.csv",
            table(columns, ("Date", "Time", *FIVE), of=lambda ms: iso(ms, "").replace("T", ",")).replace(b'"', b""),
            False,
        ),
        "CSV with day and clock in digits": (
            "BTCUSDT_1m.csv",
            table(columns, ("<DATE>", "<TIME>", *FIVE), of=lambda ms: iso(ms, "").replace("T", ","))
            .replace(b'"', b"")
            .replace(b"-", b"")
            .replace(b":", b""),
            False,
        ),
        "objects with a day and a time in ms": (
            "BTCUSDT_1m.json",
            json.dumps(
                [{**row, "date": iso(row["time"])[:10]} for row in json.loads(dicts(columns, time="time"))]
            ).encode(),
            False,
        ),
        "CSV that is JSON": ("BTCUSDT_1m.csv", dicts(columns), False),
        "Parquet": ("BTCUSDT_1m.parquet", parquet(frame), True),
        "Parquet, open_time": ("BTCUSDT_1m.parquet", parquet(pd.DataFrame(columns)), True),
        "Parquet, naive times": ("BTCUSDT_1m.parquet", parquet(dated(columns, zone=None)), False),
        "Parquet, another zone": ("BTCUSDT_1m.parquet", parquet(dated(columns, zone="Asia/Tokyo")), False),
        "Feather of freqtrade": ("BTC_USDT-1m.feather", feather(dated(columns)), False),
        "Feather called Parquet": ("BTCUSDT_1m.parquet", feather(dated(columns)), False),
    }


def some(columns, rows):
    """Return chosen rows of columns."""
    return {name: np.asarray(values)[rows] for name, values in columns.items()}
