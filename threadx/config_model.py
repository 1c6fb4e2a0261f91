"""The settings as frozen dataclasses: fields are named as the tables and keys of `paths.toml`, with their defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from threadx import config_rules as rules
from threadx import config_universe as universe_rules

__all__ = [
    "EMBEDDED",
    "Cluster",
    "Groups",
    "Indicators",
    "Ingest",
    "Limits",
    "Logging",
    "Paths",
    "Settings",
    "Source",
    "Store",
    "Ui",
    "Universe",
    "Workers",
]

Value = TypeVar("Value")


def _setting(default: Value, check: rules.Check) -> Value:
    """Declare a key: its default and the check a value from the file must pass."""
    declared: Value = field(default=default, metadata={"check": check})
    return declared


@dataclass(frozen=True, slots=True)
class Paths:
    """`[paths]`: folders and files, absolute here. What is not named lies under `data_root`."""

    data_root: Path
    logs: Path
    indicators: Path
    legacy: Path
    selection_json: Path

    @classmethod
    def under(cls, base: Path) -> Paths:
        """Return the defaults for a settings file in the folder `base`."""
        return cls._beside(base.resolve() / "data", base.resolve() / "logs")

    @classmethod
    def _beside(cls, root: Path, logs: Path) -> Paths:
        return cls(
            data_root=root,
            logs=logs,
            indicators=root / "indicators",
            legacy=root / "raw" / "json",
            selection_json=root / "resultats_choix_des_100tokens.json",
        )


@dataclass(frozen=True, slots=True)
class Source:
    """`[source]`: where bars come from."""

    name: str = _setting("binance", rules.provider)
    """The provider: a folder under `processed/`. "demo" is the embedded exchange."""
    rest_hosts: tuple[str, ...] = _setting(
        ("https://data-api.binance.vision", "https://api.binance.com"), rules.distinct(rules.host_url, at_least=1)
    )
    """Asked in this order; `scheme://host[:port]` without a slash at the end."""
    archive_host: str = _setting("https://data.binance.vision", rules.host_url)
    market_cap_host: str = _setting("https://api.coingecko.com", rules.host_url)
    extra_hosts: tuple[str, ...] = _setting((), rules.distinct(rules.host_name))
    """Host names that may be asked besides the exchange's own."""
    proxy: str = field(default="", repr=False, metadata={"check": rules.proxy_url})  # may hold a password
    ca_bundle: str = _setting("", rules.ca_file)
    """Absolute path of a PEM file, or "" for the bundle that came with ThreadX."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`[limits]`: how hard the exchange is asked."""

    weight_share: float = _setting(0.5, rules.number(0, 1))
    """Share of the weight per minute that the exchange announces."""
    connections: int = _setting(8, rules.whole(1, 64))
    connect_timeout_s: float = _setting(5.0, rules.number(0, 3600))
    read_timeout_s: float = _setting(10.0, rules.number(0, 3600))
    total_timeout_s: float = _setting(30.0, rules.number(0, 3600))
    max_retries: int = _setting(3, rules.whole(0, 20))


@dataclass(frozen=True, slots=True)
class Ingest:
    """`[ingest]`: what is downloaded and derived where nothing else is asked."""

    quote: str = _setting("USDC", rules.asset)
    history_days: int = _setting(365, rules.whole(1, 36_500))
    timeframes: tuple[str, ...] = _setting(
        ("5m", "15m", "1h", "4h", "1d"), rules.distinct(rules.choice(*rules.TIMEFRAME_NAMES))
    )
    settle_delay_s: int = _setting(5, rules.whole(0, 3600))
    """A bar counts as closed this long after its end, by the exchange's clock."""
    fill_limit_minutes: int = _setting(240, rules.whole(0, 525_600))
    """Longest gap that a filled view bridges."""
    workers: int = _setting(4, rules.whole(1, 64))
    """Symbols worked on at once."""


@dataclass(frozen=True, slots=True)
class Store:
    """`[store]`: how bars are kept."""

    compression: str = _setting("lz4", rules.choice("lz4", "snappy", "zstd", "gzip", "auto"))
    keep_operations: int = _setting(10, rules.whole(1, 10_000))
    """Operations that can be undone, per series."""
    lock_timeout_s: float = _setting(120.0, rules.number(0, 86_400))


@dataclass(frozen=True, slots=True)
class Universe:
    """`[universe]`: which symbols are the largest, and what became of renamed ones."""

    fallback_quote: str = _setting("", universe_rules.optional_asset)
    """Fills a list that the quote asset leaves short; "" for none."""
    price_tolerance: float = _setting(0.15, rules.number(0, 1))
    """How far the prices of one coin may lie apart at CoinGecko and at the exchange, as a share."""
    overrides: tuple[str, ...] = _setting(
        (), rules.distinct(universe_rules.coin_pin, name_of=universe_rules.first_name)
    )
    """`ASSET=coin-id`; an empty id: no coin."""
    exclude: tuple[str, ...] = _setting((), rules.distinct(rules.asset))
    include: tuple[str, ...] = _setting((), rules.distinct(rules.asset))
    lineage: tuple[str, ...] = _setting(
        ("MATIC->POL 1:1", "FTM->S 1:1", "OM->MANTRA 1:4"),
        rules.distinct(universe_rules.renaming, name_of=universe_rules.first_name),
    )
    """`OLD->NEW 1:4`: one old unit became four new ones."""
    coingecko_key: str = field(default="", repr=False, metadata={"check": universe_rules.api_key})


@dataclass(frozen=True, slots=True)
class Workers:
    """`[workers]`: calculation beside everything else."""

    processes: int = _setting(0, rules.whole(0, 64))
    """At once; 0: by the computer's cores, 1: none, threads of this process instead."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`[cluster]`: calculation on other computers."""

    address: str = _setting("", rules.cluster_address)
    """`tcp://host:port` of a Dask scheduler, or "" for none."""


_PERIODS = rules.distinct(rules.whole(1, 10_000))


@dataclass(frozen=True, slots=True)
class Indicators:
    """`[indicators]`: what is computed where no indicators are named."""

    bollinger_periods: tuple[int, ...] = _setting((10, 20, 50), _PERIODS)
    bollinger_std: tuple[float, ...] = _setting((1.5, 2.0, 2.5), rules.distinct(rules.number(0, 100)))
    """Widths in standard deviations; each period has all of them."""
    atr_periods: tuple[int, ...] = _setting((14, 21), _PERIODS)
    ema_periods: tuple[int, ...] = _setting((20, 50, 200), _PERIODS)
    vortex_periods: tuple[int, ...] = _setting((14, 21), _PERIODS)
    rsi_periods: tuple[int, ...] = _setting((14,), _PERIODS)
    """Core, as the two below, VWAP and OBV."""
    macd: tuple[int, ...] = _setting((12, 26, 9), rules.macd_periods)
    """Fast, slow and signal."""
    sma_periods: tuple[int, ...] = _setting((20, 50, 200), _PERIODS)
    max_gap_minutes: int = _setting(240, rules.whole(0, 525_600))
    """A longer stretch without bars starts the warm-up again."""


@dataclass(frozen=True, slots=True)
class Logging:
    """`[logging]`: `logs/threadx.log`."""

    level: str = _setting("INFO", rules.choice("DEBUG", "INFO", "WARNING", "ERROR"))
    max_size_mb: int = _setting(10, rules.whole(1, 1024))
    max_files: int = _setting(5, rules.whole(2, 100))
    """Files kept, the current one included; two at least, or nothing could rotate."""


@dataclass(frozen=True, slots=True)
class Ui:
    """`[ui]`: language and look."""

    language: str = _setting("auto", rules.choice("auto", "en", "fr"))
    theme: str = _setting("auto", rules.choice("auto", "light", "dark"))


EMBEDDED = "demo"
"""The `[source] name` of the embedded exchange, whose bars are invented."""


@dataclass(frozen=True, slots=True)
class Groups(Mapping[str, tuple[str, ...]]):
    """`[groups]`: symbol groups by name, in the file's order. Frozen, and it can cross process boundaries."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("L1", ("BTC", "ETH", "SOL", "ADA")),
        ("DeFi", ("UNI", "AAVE", "LINK", "DOT")),
        ("L2", ("POL", "ARB", "OP")),
        ("Stable", ("EUR", "FDUSD", "USDE")),
    )

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return dict(self.pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set. Frozen: `dataclasses.replace` makes a changed copy."""

    paths: Paths
    source: Source = field(default_factory=Source)
    limits: Limits = field(default_factory=Limits)
    ingest: Ingest = field(default_factory=Ingest)
    store: Store = field(default_factory=Store)
    indicators: Indicators = field(default_factory=Indicators)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=Groups)
    universe: Universe = field(default_factory=Universe)
    workers: Workers = field(default_factory=Workers)
    cluster: Cluster = field(default_factory=Cluster)
    logging: Logging = field(default_factory=Logging)
    ui: Ui = field(default_factory=Ui)
    file: Path | None = None
    """The file that was read; None where only defaults are in force."""
    real_provider: str = "binance"
    """`[source] name` of the file, whatever source flags name instead; "binance" where the file names the embedded
    exchange."""

    @property
    def legacy_provider(self) -> str:
        """Where 1m bars of legacy files go when nobody names a provider: never beside invented ones."""
        return self.real_provider if self.source.name == EMBEDDED else self.source.name

    @classmethod
    def under(cls, folder: Path | str) -> Settings:
        """Return the defaults, with every path under `folder`; reads nothing."""
        return cls(paths=Paths.under(Path(folder)))

    def with_data_root(self, data_root: Path | str) -> Settings:
        """Return a copy on another bank: what lay under the old data root lies under the new one."""
        old, new = self.paths.data_root, Path(data_root).resolve()
        moved = {
            each.name: new / path.relative_to(old)
            for each in dataclasses.fields(self.paths)
            if (path := getattr(self.paths, each.name)).is_relative_to(old)
        }
        return dataclasses.replace(self, paths=dataclasses.replace(self.paths, **moved))

    def with_source(self, url: str, provider: str) -> Settings:
        """Return a copy that asks one host for everything (`--source`); bars go to the folder of `provider`.

        Raises:
            ConfigError: `url` is neither https on a host that may be asked nor a loopback address.
        """
        hosts = rules.KNOWN_HOSTS + self.source.extra_hosts
        where = rules.Where("command line", "--source", Path.cwd(), hosts)
        host = rules.host_url(where, url)
        name = rules.provider(dataclasses.replace(where, key="--provider"), provider)
        source = dataclasses.replace(
            self.source, name=name, rest_hosts=(host,), archive_host=host, market_cap_host=host
        )
        universe = dataclasses.replace(self.universe, coingecko_key="")  # for CoinGecko alone, not for that host
        return dataclasses.replace(self, source=source, universe=universe)
