"""What a setting may be: one small check per kind of value, each naming file, key and what is allowed.

A check takes where the value stands and the value as TOML gave it, and returns the value to keep, or raises
ConfigError. The names of timeframes and of the exchange's hosts stand here as literals because settings are a leaf:
they import nothing of the engine. A test holds them against `threadx.bars.timeframe`.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from threadx.errors import ConfigError

__all__ = [
    "KNOWN_HOSTS",
    "TIMEFRAME_NAMES",
    "Check",
    "Where",
    "about",
    "asset",
    "ca_file",
    "choice",
    "cluster_address",
    "distinct",
    "folder",
    "group_name",
    "host_name",
    "host_url",
    "is_loopback",
    "macd_periods",
    "nearest",
    "number",
    "provider",
    "proxy_url",
    "whole",
]

TIMEFRAME_NAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1mo")
"""As `threadx.bars.timeframe` has them, which loads pandas; a test compares."""

KNOWN_HOSTS = (
    # https://github.com/binance/binance-spot-api-docs (rest-api.md, faqs/market_data_only.md), seen 2026-07
    "data-api.binance.vision",
    "api.binance.com",
    "api-gcp.binance.com",
    "api1.binance.com",
    "api2.binance.com",
    "api3.binance.com",
    "api4.binance.com",
    "data.binance.vision",  # https://github.com/binance/binance-public-data
    "api.coingecko.com",
)
"""The production hosts bars and market values come from. `[source] extra_hosts` adds to them."""

RESERVED_PROVIDERS = ("import",)  # the store keeps foreign bars there

_ASSET = re.compile(r"\w[\w.-]{0,31}")
_PROVIDER = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a value: what a message needs, and what relative paths start from."""

    file: str
    """The file's path, or "command line"."""
    key: str
    """`[table] key`."""
    base: Path
    """The folder that relative paths start from; absolute."""
    hosts: tuple[str, ...] = KNOWN_HOSTS
    """Hosts that may be named."""


Check = Callable[[Where, object], Any]


def about(where: Where, value: object) -> dict[str, str]:
    """Return the fields every message has: file, key and the value as it may be shown."""
    return {"file": where.file, "key": where.key, "value": _shown(value)}


def nearest(word: str, words: Iterable[str]) -> str:
    """Return the word most like `word`, letter case aside; "" when none is near."""
    by_lower = {candidate.lower(): candidate for candidate in words}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""


def whole(low: int, high: int) -> Check:
    """Accept a whole number from `low` to `high`."""

    def check(where: Where, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(
                "{file}: {key} must be a whole number from {low} to {high}, not {value}",
                **about(where, value),
                low=low,
                high=high,
            )
        return value

    return check


def number(low: float, high: float) -> Check:
    """Accept a finite number above `low`, up to `high`."""

    def check(where: Where, value: object) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not math.isfinite(value) or not low < value <= high:  # type: ignore[arg-type,operator]  # `plain` says it is a number
            raise ConfigError(
                "{file}: {key} must be a number above {low} and up to {high}, not {value}",
                **about(where, value),
                low=low,
                high=high,
            )
        return float(value)  # type: ignore[arg-type]  # a number: checked above

    return check


def choice(*allowed: str) -> Check:
    """Accept one of these words, exactly as written."""

    def check(where: Where, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            near = nearest(value, allowed) if isinstance(value, str) else ""
            raise ConfigError(
                "{file}: {key} must be one of {allowed}, not {value}",
                hint='did you mean "{near}"?' if near else "",
                **about(where, value),
                allowed=" ".join(allowed),
                near=near,
            )
        return value

    return check


def distinct(each: Check, *, at_least: int = 0, name_of: Callable[[Any], object] = lambda item: item) -> Check:
    """Accept a list whose items pass `each`, none of them twice: no two for which `name_of` says the same."""

    def check(where: Where, value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < at_least:
            raise ConfigError(
                "{file}: {key} must be a list with at least {count} items, not {value}",
                hint='write it in brackets: ["...", "..."]',
                **about(where, value),
                count=at_least,
            )
        kept = tuple(each(where, item) for item in value)
        names = [name_of(item) for item in kept]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ConfigError("{file}: {key} has {value} more than once", **about(where, twice))
        return kept

    return check


def macd_periods(where: Where, value: object) -> tuple[int, ...]:
    """Accept [fast, slow, signal], whole numbers of bars, the fast one the smaller."""
    period = whole(1, 10_000)
    kept = tuple(period(where, each) for each in value) if isinstance(value, list) else ()
    if len(kept) != 3 or kept[0] >= kept[1]:
        raise ConfigError(
            "{file}: {key} must be [fast, slow, signal] with fast below slow, not {value}", **about(where, value)
        )
    return kept


def asset(where: Where, value: object) -> str:
    """Accept the name of an asset or symbol: capitals, digits, any script, `-`, `_` and `.` inside."""
    text = _text(where, value)
    if not _ASSET.fullmatch(text) or text != text.upper() or unicodedata.normalize("NFC", text) != text:
        raise ConfigError(
            "{file}: {key} holds {value}, which cannot be an asset or a symbol",
            hint="write it as the exchange does, in capitals: BTC, BTCUSDC",
            **about(where, text),
        )
    return text


def group_name(where: Where, value: object) -> str:
    """Accept the name of a symbol group: up to 64 visible characters."""
    text = _text(where, value)
    if not text.strip() or text != text.strip() or len(text) > 64 or not text.isprintable():
        raise ConfigError(
            "{file}: [groups] has the name {value}; a name has 1 to 64 visible characters and no space around them",
            **about(where, text),
        )
    return text


def provider(where: Where, value: object) -> str:
    """Accept the name of a source, which is also a folder under `processed/`."""
    text = _text(where, value)
    if not _PROVIDER.fullmatch(text) or text in RESERVED_PROVIDERS:
        raise ConfigError(
            "{file}: {key} must be a name of small letters, digits, - and _ that starts with a letter, not {value}",
            hint='"binance" and "demo" are known; {reserved} is kept for bars from files',
            **about(where, text),
            reserved=" ".join(RESERVED_PROVIDERS),
        )
    return text


def folder(where: Where, value: object) -> Path:
    """Accept a path; a relative one starts from the folder of the file. Looks at the text only, not at the disk."""
    text = _text(where, value)
    if not text.strip() or not text.isprintable():
        raise ConfigError("{file}: {key} must be a path, not {value}", **about(where, text))
    if text.startswith("~"):
        raise ConfigError(
            "{file}: {key} = {value}: ~ is not expanded, because settings never come from the environment",
            hint="write the whole path, or one relative to the file",
            **about(where, text),
        )
    return Path(where.base, text).resolve()


def ca_file(where: Where, value: object) -> str:
    """Accept "" (the bundle that came with ThreadX) or the path of an existing PEM file; return it absolute."""
    if value == "":
        return ""
    path = folder(where, value)
    if not path.is_file():
        raise ConfigError(
            "{file}: {key} = {value}: there is no such file",
            hint="give a file of certificates in PEM form, or leave it empty",
            **about(where, value),
        )
    return str(path)


def host_name(where: Where, value: object) -> str:
    """Accept a bare host name such as `mirror.example.com`."""
    text = _text(where, value).lower()
    if not _HOST.fullmatch(text):
        raise ConfigError(
            "{file}: {key} holds {value}, which is not a host name",
            hint="write the name alone, without https:// and without a path: mirror.example.com",
            **about(where, value),
        )
    return text


def host_url(where: Where, value: object) -> str:
    """Accept `https://` and a host that may be asked, or http(s) on loopback; return `scheme://host[:port]`."""
    text = _text(where, value)
    parts = _split(where, text)
    host = parts.hostname or ""
    local = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ConfigError(
            "{file}: {key} = {value}: only https:// is allowed; plain http:// only for this computer (127.0.0.1)",
            **about(where, text),
        )
    if not local and host not in where.hosts:
        near = nearest(host, where.hosts)
        raise ConfigError(
            "{file}: {key} = {value}: the host {host} is not one ThreadX may ask; it may ask {allowed}",
            hint='did you mean "{near}"? To trust another, add it: [source] extra_hosts = ["{host}"]'
            if near
            else 'to trust another, add it: [source] extra_hosts = ["{host}"]',
            **about(where, text),
            host=_shown(host).strip('"'),
            near=near,
            allowed=" ".join(where.hosts),
        )
    return _joined(parts)


def proxy_url(where: Where, value: object) -> str:
    """Accept "" (none) or `http[s]://[user:password@]host:port`. The value is never shown: it may hold a password."""
    if value == "":
        return ""
    text = _text(where, value, secret=True)
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port and parts.path in ("", "/")
    except ValueError:
        fine = False
    if not fine or not text.isprintable() or " " in text or "\\" in text:
        raise ConfigError(
            "{file}: {key} must be empty or http://host:port (with user:password@ before the host where needed)",
            file=where.file,
            key=where.key,
        )
    return text.rstrip("/")


def cluster_address(where: Where, value: object) -> str:
    """Accept "" (none) or `tcp://host:port`, with `tls` where the cluster speaks it."""
    text = _text(where, value)
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and parts.path in ("", "/")
    except ValueError:
        fine = False
    if text and (not fine or not text.isprintable() or " " in text):
        raise ConfigError("{file}: {key} must be empty or tcp://host:port, not {value}", **about(where, value))
    return text.rstrip("/")


def _text(where: Where, value: object, *, secret: bool = False) -> str:
    if not isinstance(value, str):
        shown = "that" if secret else _shown(value)
        raise ConfigError(
            "{file}: {key} must be text in quotes, not {value}", file=where.file, key=where.key, value=shown
        )
    return value


def _shown(value: object) -> str:
    """Return the value as one short line without control characters, as TOML would write it."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = '"' + value.encode("unicode_escape").decode("ascii") + '"' if not value.isprintable() else f'"{value}"'
    elif isinstance(value, dict):
        text = "a table"
    else:
        text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "..."


def _split(where: Where, text: str) -> SplitResult:
    """Split a URL that is nothing but scheme, host and port: what urlsplit would drop or bend is refused first."""
    clean = text.isprintable() and text.isascii() and " " not in text and "\\" not in text
    try:
        parts = urlsplit(text)
        bare = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
        fine = clean and bare and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ConfigError(
            "{file}: {key} must be the address of a host, https://host, not {value}",
            hint="no path, no user name, no space",
            **about(where, text),
        )
    return parts


def _joined(parts: SplitResult) -> str:
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + ("" if parts.port is None else f":{parts.port}")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
