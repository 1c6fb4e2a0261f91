"""What the name of a file says: whose bars it holds, and of which timeframe. Pure.

Names seen: `BTCUSDT_1m.json` (older tools), `BTC_USDT-1m.feather` and `BTC_USDT-1Mo.json` (freqtrade),
`BTCUSDT-1m-2024-01.zip` (the exchange's own dumps), `Binance_BTCUSDT_1h.csv` (download sites), `BTCUSDT/1h.parquet`,
`BINANCE_BTCUSDT, 60.csv` (TradingView).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from threadx.bars.timeframe import MINUTE_MS, TIMEFRAMES, Timeframe
from threadx.errors import FileValidationError, UnsupportedTimeframeError
from threadx.store.layout import check_symbol

__all__ = ["ENDINGS", "PACKED", "FileName", "joined_symbol", "read_name", "read_names", "without_ending"]

ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet", ".pq", ".feather", ".arrow")
PACKED = (".gz", ".jsongz", ".zip")
_BREAK = re.compile(r"[_\-. /:,]+")
_CHART = re.compile(r"(?<=, )\d{1,4}(?=_|$| \()", re.ASCII)
"""Minutes of a bar as TradingView names its exports: "BINANCE_BTCUSDT, 60", "BINANCE_BTCUSDT, 15_3f5a2"."""
_PERPETUAL = re.compile(r"(?<=\w)\.P(?![^\W_])")
"""How TradingView marks a contract: "BTCUSDT.P"."""
_QUOTES = (
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USDP", "USD", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "DAI", "BTC",
    "ETH", "BNB",
)  # fmt: skip
"""What symbols end in. Only such a name is taken for a symbol where no timeframe stands beside it."""
_SHORT_QUOTE = 3
_EXCHANGES = frozenset({
    "BINANCE", "BINANCEUS", "BITFINEX", "BITGET", "BITSTAMP", "BYBIT", "COINBASE", "GATE", "GATEIO", "GEMINI", "HUOBI",
    "KRAKEN", "KUCOIN", "MEXC", "OKEX", "OKX",
})  # fmt: skip
_OTHER_MARKETS = frozenset({
    "futures", "mark", "index", "premiumindex", "funding", "rate", "perp", "perpetual", "swap", "usdm", "coinm",
})  # fmt: skip
_CONTRACTS = frozenset({("futures", "um"), ("futures", "cm"), ("data", "option")})
"""Neighbouring folders of the exchange's dumps whose files are called like those of its spot market."""
_WORDS = {"minute": "1m", "hour": "1h", "hourly": "1h", "daily": "1d", "day": "1d", "weekly": "1w"}
_LETTERS = {"d": "1d"}
"""Words of one letter, as download sites have them; only where the name ends in one."""
_NAMES = {timeframe.name for timeframe in TIMEFRAMES}
_LOOKS_LIKE_ONE = re.compile(r"\d{1,3}(s|m|min|h|H|d|D|w|W|M|mo|Mo)|[MHDW]\d{1,2}|MN1", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileName:
    """What could be read from a name."""

    symbol: str | None
    """Without separators, in upper case; None where the name has none."""
    spelled: str = ""
    """The symbol as the name spells it, "BTC_USDT"; "" without one."""
    timeframe: Timeframe | None = None
    word: str = ""
    """The timeframe as the name spells it: "1M"."""


def read_name(path: Path) -> FileName:
    """Return what the name of a file says, and where that is only a timeframe, what its folder says.

    Raises:
        FileValidationError: the name says that these are no spot bars.
        UnsupportedTimeframeError: it names a timeframe that ThreadX does not have.
    """
    stem = _CHART.sub(_of_minutes, without_ending(path.name))
    tokens = [token for token in _BREAK.split(stem) if token]
    _refuse_other_markets(path, stem, tokens)
    at = _timeframe_at(tokens)
    if at is None:
        symbol, spelled = _symbol(stem, tokens, alone=True)
        return FileName(symbol, spelled)
    if at == 0:
        folder = path.parent.name
        symbol, spelled = _symbol(folder, [token for token in _BREAK.split(folder) if token], alone=True)
    else:
        symbol, spelled = _symbol(stem, tokens[:at], alone=False)
    return FileName(symbol, spelled, _timeframe(path, tokens[at]), tokens[at])


def read_names(path: Path, inner: str) -> FileName:
    """Return what the name of a file says, and what that leaves open as the name in the zip says it; "" for none.

    Raises:
        FileValidationError: a name says that these are no spot bars, or the two name different symbols.
        UnsupportedTimeframeError: one names a timeframe that ThreadX does not have.
    """
    outer = read_name(path)
    if not inner:
        return outer
    within = read_name(path.parent / inner)
    if outer.symbol is None:
        return within
    if within.symbol not in (None, outer.symbol):
        raise FileValidationError(
            "{path}: the name says {named}, that of the file in it {found}",
            hint="rename the one that is wrong, or unpack it",
            path=path,
            named=outer.symbol,
            found=within.symbol,
        )
    return outer if outer.timeframe is not None else replace(outer, timeframe=within.timeframe, word=within.word)


def without_ending(name: str) -> str:
    """Return a file's name without the endings that say its format."""
    stem = name
    for ending in (*PACKED, *ENDINGS):
        if stem.lower().endswith(ending) and len(stem) > len(ending):
            stem = stem[: -len(ending)]
    return stem


def joined_symbol(spelled: str) -> str | None:
    """Return the symbol that a spelling means, "BTC/USDT" or "BINANCE:btc-usdt" -> "BTCUSDT"; None where it is none.

    "BTC/USDT:USDT" is how ccxt spells a contract: none, as "BTC-PERPETUAL" and "BTCUSDT.P".
    """
    head, colon, tail = spelled.partition(":")
    if colon:
        return joined_symbol(tail) if head.strip().upper() in _EXCHANGES else None
    parts = _BREAK.split(spelled.strip())
    if _PERPETUAL.search(spelled) or any(part.lower() in _OTHER_MARKETS for part in parts[1:]):
        return None
    symbol = unicodedata.normalize("NFC", "".join(parts).upper())
    try:
        return check_symbol(symbol)
    except FileValidationError:
        return None


def _symbol(whole: str, given: list[str], *, alone: bool) -> tuple[str | None, str]:
    tokens = _pair(given[1:] if len(given) > 1 and given[0].upper() in _EXCHANGES else given)
    if not tokens:
        return None, ""
    symbol = joined_symbol("".join(tokens))
    if symbol is None:
        return None, ""
    is_pair = any(symbol.endswith(quote) and symbol != quote for quote in _QUOTES)
    if not is_pair and (alone or not all(token == token.upper() for token in tokens) or len(symbol) < 2):
        return None, ""
    first = whole.find(tokens[0])
    return symbol, whole[first : whole.find(tokens[-1], first) + len(tokens[-1])]


def _pair(tokens: list[str]) -> list[str]:
    """Return the tokens that are the symbol: "BTCUSDT" of "2024-01-01_data_BTCUSDT", "BTC" and "USDT" of both."""
    last = tokens[-1].upper() if tokens else ""
    if last in _QUOTES:
        contract = len(tokens) > 2 and tokens[-2].upper() == last  # "BTC_USDT_USDT" is settled in USDT
        return [] if contract else tokens[-2:]
    whole = any(last.endswith(quote) for quote in _QUOTES if len(quote) > _SHORT_QUOTE)  # WBTC is an asset
    return tokens[-1:] if whole else tokens


def _refuse_other_markets(path: Path, stem: str, tokens: list[str]) -> None:
    found = {token.lower() for token in tokens} & _OTHER_MARKETS
    folders = [folder.lower() for folder in path.parent.parts]
    found |= {"/".join(pair) for pair in pairwise(folders) if pair in _CONTRACTS}
    found |= set(_PERPETUAL.findall(stem))
    if found:
        raise FileValidationError(
            "{path}: these are no spot bars, the name says {what}",
            hint="the bank keeps spot bars; move the file away, or rename it if the name is wrong",
            path=path,
            what=", ".join(sorted(found)),
        )


def _timeframe_at(tokens: list[str]) -> int | None:
    """Return the place of the last timeframe; a letter at the end is one where there is no other."""
    found = [place for place, token in enumerate(tokens) if _is_timeframe(token)]
    return found[-1] if found else len(tokens) - 1 if len(tokens) > 1 and tokens[-1] in _LETTERS else None


def _is_timeframe(token: str) -> bool:
    return token.lower() in _WORDS or _LOOKS_LIKE_ONE.fullmatch(token) is not None


def _of_minutes(count: re.Match[str]) -> str:
    """Return the word for so many minutes: "60" is "1h"."""
    period_ms = int(count[0]) * MINUTE_MS
    return next((each.name for each in TIMEFRAMES if each.period_ms == period_ms), f"{count[0]}m")


def _timeframe(path: Path, token: str) -> Timeframe:
    word = _LETTERS.get(token) or _WORDS.get(token.lower(), token)
    if word.endswith("Mo"):  # freqtrade's way around disks that take 1M and 1m for one name
        word = word[:-1].lower() + "o"
    try:
        return Timeframe.parse(word)
    except UnsupportedTimeframeError as error:
        raise UnsupportedTimeframeError(
            "{path}: {timeframe} bars cannot be kept",
            hint="there are {known}",
            path=path,
            timeframe=token,
            known=" ".join(timeframe.name for timeframe in TIMEFRAMES),
        ) from error
