"""What the settings of `[universe]` may be; the checks are of the kind that `config_rules` explains."""

from __future__ import annotations

import re

from threadx.config_rules import Where, about, asset
from threadx.errors import ConfigError

__all__ = ["api_key", "coin_pin", "first_name", "optional_asset", "renaming"]

_PIN = re.compile(r"(?P<base>[^=\s]+)=(?P<coin>[a-z0-9][a-z0-9._-]{0,99})?", re.ASCII)
_RENAMING = re.compile(
    r"(?P<old>\S+)->(?P<new>\S+) (?P<left>\d{1,9}(\.\d{1,9})?):(?P<right>\d{1,9}(\.\d{1,9})?)", re.ASCII
)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


def optional_asset(where: Where, value: object) -> str:
    """Accept the name of an asset, or "" for none."""
    return "" if value == "" else asset(where, value)


def coin_pin(where: Where, value: object) -> str:
    """Accept `ASSET=coin-id`, or `ASSET=` for an asset that is no coin of CoinGecko."""
    found = _PIN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ConfigError(
            "{file}: {key} must be an asset and the id of a coin, not {value}",
            hint='write it as "BEAMX=beam-2"; the id is the last part of the coin\'s page on coingecko.com',
            **about(where, value),
        )
    asset(where, found["base"])
    return found[0]


def renaming(where: Where, value: object) -> str:
    """Accept `OLD->NEW 1:4`: what one unit of the old asset became."""
    found = _RENAMING.fullmatch(value) if isinstance(value, str) else None
    if found is None or float(found["left"]) <= 0 or float(found["right"]) <= 0 or found["old"] == found["new"]:
        raise ConfigError(
            "{file}: {key} must be an old asset, a new one and how many became how many, not {value}",
            hint='write it as "OM->MANTRA 1:4"',
            **about(where, value),
        )
    asset(where, found["old"])
    asset(where, found["new"])
    return found[0]


def first_name(item: str) -> str:
    """Return the asset that `ASSET=coin-id` or `OLD->NEW 1:4` is about; two about one asset cannot both hold."""
    return item.partition("=")[0].partition("->")[0]


def api_key(where: Where, value: object) -> str:
    """Accept "" (none) or a key. The value is never shown."""
    if value == "":
        return ""
    if not isinstance(value, str) or _KEY.fullmatch(value) is None:
        raise ConfigError(
            "{file}: {key} must be empty or a key of letters, digits, - and _", file=where.file, key=where.key
        )
    return value
