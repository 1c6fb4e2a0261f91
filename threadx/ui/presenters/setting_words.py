"""Every key of `paths.toml` in words: what it is called, what it does, how it is entered. No Tk.

`paths.toml` in the project's root is the source of the explanations, and a test holds these texts against its
comments: they stand here as well because a catalogue translates what code says, and because a file that the user
has edited, or an installation without the project's folder, has no comments to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from threadx.bridge.adopting import acts_at_once
from threadx.i18n import N_

__all__ = ["CHOICE_WORDS", "SECTIONS", "SETTINGS", "Kind", "SettingWords"]


class Kind(StrEnum):
    """How a value is entered."""

    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    HIDDEN = "hidden"
    """Text that may hold a password: hidden unless asked for."""
    LIST = "list"
    """Words with commas between them."""
    NUMBERS = "numbers"
    """Numbers with commas between them."""
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class SettingWords:
    """One key. Texts are English; translated when drawn."""

    table: str
    key: str
    label: str
    explanation: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    saved_at_once: bool = False
    """Whether a choice is saved as soon as it is made."""

    @property
    def name(self) -> tuple[str, str]:
        """Table and key."""
        return self.table, self.key

    @property
    def acts_at_once(self) -> bool:
        """Whether a saved change acts at once; else at the next start."""
        return self.saved_at_once or acts_at_once(self.table, self.key)


SECTIONS: tuple[tuple[str, str], ...] = (
    ("ui", N_("Language and look")),
    ("paths", N_("Folders")),
    ("source", N_("Source")),
    ("limits", N_("Limits")),
    ("ingest", N_("Download")),
    ("store", N_("Storage")),
    ("indicators", N_("Indicators")),
    ("groups", N_("Groups")),
    ("universe", N_("Largest symbols")),
    ("workers", N_("Processes")),
    ("cluster", N_("Cluster")),
    ("logging", N_("Log")),
)
"""Tables in the order of the page."""

CHOICE_WORDS = {
    ("ui", "language"): {"auto": N_("As the system"), "en": "English", "fr": "Français"},
    ("ui", "theme"): {"auto": N_("As the system"), "light": N_("Light"), "dark": N_("Dark")},
}
"""What choices are called where they are more than technical names."""

_TIMEOUTS = N_("Seconds to wait for a connection, for the next bytes, and for a whole answer.")
_BOLLINGER = N_("Bollinger Bands are calculated for every period with every width, in standard deviations.")
_LOG_FILES = N_("A log file larger than this is put aside, and this many files are kept, 2 at least.")
_GROUPS = N_("Your groups of symbols, by base asset or whole symbol: --group L1")

SETTINGS: tuple[SettingWords, ...] = (
    SettingWords(
        "ui",
        "language",
        N_("Language"),
        N_("auto (the system's), en, fr"),
        Kind.CHOICE,
        ("auto", "en", "fr"),
        saved_at_once=True,
    ),
    SettingWords(
        "ui",
        "theme",
        N_("Theme"),
        N_("auto (the system's), light, dark"),
        Kind.CHOICE,
        ("auto", "light", "dark"),
        saved_at_once=True,
    ),
    SettingWords(
        "paths",
        "data_root",
        N_("Data folder"),
        N_(
            "The bank: bars, manifests, registry. Relative paths start from the folder of this file; `~` is not"
            " expanded."
        ),
    ),
    SettingWords("paths", "logs", N_("Log folder"), N_("The log file threadx.log and its predecessors.")),
    SettingWords(
        "paths",
        "indicators",
        N_("Indicators"),
        N_("Cached indicators. This and the two below follow data_root where they are left out."),
    ),
    SettingWords("paths", "legacy", N_("Old JSON files"), N_("Old JSON files of bars, read by `convert`.")),
    SettingWords("paths", "selection_json", N_("Chosen symbols"), N_("The chosen symbols, written by `select`.")),
    SettingWords(
        "source",
        "name",
        N_("Name"),
        N_('Where bars come from, and the folder they go to under data/processed. "demo" is the embedded exchange.'),
    ),
    SettingWords(
        "source",
        "rest_hosts",
        N_("Hosts"),
        N_(
            "Asked in this order; the next one when a host refuses this country (451) or is blocked. https:// only,"
            " and plain http:// for this computer alone (127.0.0.1)."
        ),
        Kind.LIST,
    ),
    SettingWords("source", "archive_host", N_("Archive host"), N_("Monthly and daily archive files.")),
    SettingWords(
        "source", "market_cap_host", N_("Market value host"), N_("Market capitalisation, for choosing symbols.")
    ),
    SettingWords(
        "source",
        "extra_hosts",
        N_("Further hosts"),
        N_("Hosts that may be asked besides Binance's and CoinGecko's own, as bare names: [\"mirror.example.com\"]"),
        Kind.LIST,
    ),
    SettingWords(
        "source",
        "proxy",
        N_("Proxy"),
        N_(
            '"http://user:password@host:port", or empty for a direct way. Proxy variables of the environment are not'
            " used."
        ),
        Kind.HIDDEN,
    ),
    SettingWords(
        "source",
        "ca_bundle",
        N_("Certificates"),
        N_("A PEM file of certificates to trust instead of the usual ones (a company's proxy), or empty."),
    ),
    SettingWords(
        "limits",
        "weight_share",
        N_("Share of the request weight"),
        N_("Share of the exchange's request weight per minute that ThreadX may use: above 0, up to 1."),
        Kind.NUMBER,
    ),
    SettingWords("limits", "connections", N_("Connections"), N_("Connections at once, 1 to 64."), Kind.WHOLE),
    SettingWords("limits", "connect_timeout_s", N_("Wait for a connection (s)"), _TIMEOUTS, Kind.NUMBER),
    SettingWords("limits", "read_timeout_s", N_("Wait for bytes (s)"), _TIMEOUTS, Kind.NUMBER),
    SettingWords("limits", "total_timeout_s", N_("Wait for an answer (s)"), _TIMEOUTS, Kind.NUMBER),
    SettingWords(
        "limits",
        "max_retries",
        N_("Retries"),
        N_("Tries after the first, each after a longer wait, for failures that may pass: 0 to 20."),
        Kind.WHOLE,
    ),
    SettingWords("ingest", "quote", N_("Quote asset"), N_("Quote asset: BTC in a group means the symbol BTCUSDC.")),
    SettingWords(
        "ingest", "history_days", N_("History (days)"), N_("Days of history where no start date is given."), Kind.WHOLE
    ),
    SettingWords(
        "ingest",
        "timeframes",
        N_("Timeframes"),
        N_("Timeframes derived from the 1-minute bars: 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 1w 1mo."),
        Kind.LIST,
    ),
    SettingWords(
        "ingest",
        "settle_delay_s",
        N_("Settling time (s)"),
        N_("Seconds after its end, by the exchange's clock, before a bar counts as closed."),
        Kind.WHOLE,
    ),
    SettingWords(
        "ingest",
        "fill_limit_minutes",
        N_("Fill limit (minutes)"),
        N_("Longest gap, in minutes, that a filled view bridges. What is stored is never filled."),
        Kind.WHOLE,
    ),
    SettingWords("ingest", "workers", N_("Workers"), N_("Symbols worked on at once, 1 to 64."), Kind.WHOLE),
    SettingWords(
        "store",
        "compression",
        N_("Compression"),
        N_("lz4, snappy, zstd, gzip; auto tries a few on a sample and takes the smallest."),
        Kind.CHOICE,
        ("lz4", "snappy", "zstd", "gzip", "auto"),
    ),
    SettingWords(
        "store",
        "keep_operations",
        N_("Operations kept"),
        N_("Operations kept per series: that many can be undone, and read with as_of."),
        Kind.WHOLE,
    ),
    SettingWords(
        "store",
        "lock_timeout_s",
        N_("Wait for a lock (s)"),
        N_("Seconds to wait for another program that writes the same series."),
        Kind.NUMBER,
    ),
    SettingWords(
        "universe",
        "fallback_quote",
        N_("Second quote asset"),
        N_(
            "Quote asset that fills the list of the largest symbols where [ingest] quote has fewer than were asked for,"
            " or empty."
        ),
    ),
    SettingWords(
        "universe",
        "price_tolerance",
        N_("Price tolerance"),
        N_(
            "How far a coin's price at CoinGecko may lie from the exchange's before it is taken for another coin: a"
            " share up to 1."
        ),
        Kind.NUMBER,
    ),
    SettingWords(
        "universe",
        "overrides",
        N_("Coins by hand"),
        N_('Assets whose coin at CoinGecko is not the largest of their symbol: ["BEAMX=beam-2"]; "XYZ=" means none.'),
        Kind.LIST,
    ),
    SettingWords(
        "universe",
        "exclude",
        N_("Left out"),
        N_("Base assets to leave out of the largest symbols besides stable, wrapped, leveraged and state money."),
        Kind.LIST,
    ),
    SettingWords(
        "universe",
        "include",
        N_("Let in"),
        N_('Base assets to let in although they are on one of those lists: ["PAXG"]'),
        Kind.LIST,
    ),
    SettingWords(
        "universe",
        "lineage",
        N_("Renamed assets"),
        N_(
            "Renamed assets, and how many old units became how many new ones. Stored bars are never changed; views join"
            " them."
        ),
        Kind.LIST,
    ),
    SettingWords(
        "universe",
        "coingecko_key",
        N_("CoinGecko key"),
        N_("A free key of CoinGecko for more requests a minute, or empty. It is sent to CoinGecko only."),
        Kind.HIDDEN,
    ),
    SettingWords(
        "workers",
        "processes",
        N_("Processes"),
        N_(
            "Processes at once for calculation and large files, so that nothing else is held up: 0 for as many as fit"
            " this computer, 1 for none (threads instead), up to 64."
        ),
        Kind.WHOLE,
    ),
    SettingWords(
        "cluster",
        "address",
        N_("Address"),
        N_(
            '"tcp://host:port" of a Dask scheduler whose workers see the data folder under the same path, or empty.'
            ' Indicators and backtests are calculated there; needs: pip install "threadx[cluster]"'
        ),
    ),
    SettingWords("indicators", "bollinger_periods", N_("Bollinger: periods"), _BOLLINGER, Kind.NUMBERS),
    SettingWords("indicators", "bollinger_std", N_("Bollinger: widths"), _BOLLINGER, Kind.NUMBERS),
    SettingWords(
        "indicators",
        "atr_periods",
        N_("ATR: periods"),
        N_("Average true range: periods in bars, as all that follow."),
        Kind.NUMBERS,
    ),
    SettingWords("indicators", "ema_periods", N_("EMA: periods"), N_("Exponential moving averages."), Kind.NUMBERS),
    SettingWords("indicators", "vortex_periods", N_("Vortex: periods"), N_("Vortex."), Kind.NUMBERS),
    SettingWords(
        "indicators",
        "rsi_periods",
        N_("RSI: periods"),
        N_("With --include-core: relative strength index."),
        Kind.NUMBERS,
    ),
    SettingWords(
        "indicators",
        "macd",
        N_("MACD: fast, slow, signal"),
        N_("With --include-core: fast, slow and signal period of the MACD."),
        Kind.NUMBERS,
    ),
    SettingWords(
        "indicators",
        "sma_periods",
        N_("SMA: periods"),
        N_("With --include-core: simple moving averages. VWAP and OBV, which have no period, come with it too."),
        Kind.NUMBERS,
    ),
    SettingWords(
        "indicators",
        "max_gap_minutes",
        N_("Longest gap (minutes)"),
        N_("A longer stretch without bars, in minutes, is not bridged: indicators warm up again after it."),
        Kind.WHOLE,
    ),
    SettingWords(
        "logging",
        "level",
        N_("Level"),
        N_("DEBUG, INFO, WARNING or ERROR."),
        Kind.CHOICE,
        ("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    SettingWords("logging", "max_size_mb", N_("Largest log file (MB)"), _LOG_FILES, Kind.WHOLE),
    SettingWords("logging", "max_files", N_("Log files kept"), _LOG_FILES, Kind.WHOLE),
)
"""Every key but those of [groups], which users name themselves."""

GROUP_WORDS = _GROUPS
