"""Where everything lies, and which names may become paths.

A `Layout` is a visible tree, which any tool may read, and a control folder, which belongs to the store::

    a data root     <root>/processed/<provider>/<SYMBOL>/<tf>/year=YYYY/month=MM/<SYMBOL>.parquet    <root>/.threadx/
    a bank of one   <base>/year=YYYY/month=MM/<SYMBOL>.parquet, or <base>/<SYMBOL>.parquet           <base>.threadx/

A *key* names one file of a series in its manifest: "1m/2024-03", or "1h/all" where a dataset is one file.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from threadx.errors import FileValidationError

__all__ = ["LOCAL_PROVIDER", "WHOLE", "Layout", "Series", "check_provider", "check_symbol", "disk_name", "name_of"]

LOCAL_PROVIDER = "local"
"""The provider of the bars in a bank of its own (a folder outside any data root)."""
WHOLE = "all"
"""Stands for the month in the key of a dataset that is one file."""

_RESERVED = frozenset({
    "CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(10)), *(f"LPT{n}" for n in range(10)),
})  # fmt: skip
"""Device names of Windows: as files they would be swallowed, so they get a `~` on disk, everywhere alike."""
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ASCII = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_MAX_SYMBOL = 40


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """Provider and symbol: the unit that is committed and locked. Both are checked when it is made.

    Raises:
        FileValidationError: the provider or the symbol cannot become a path.
    """

    provider: str
    symbol: str

    def __post_init__(self) -> None:
        check_provider(self.provider)
        check_symbol(self.symbol)

    def __str__(self) -> str:
        return f"{self.provider} {self.symbol}"


def check_provider(provider: str) -> str:
    """Return `provider` if it can name a folder.

    Raises:
        FileValidationError: it is not 1 to 40 of a-z, 0-9, `_` and `-`, or begins with one of the last two.
    """
    if not _PROVIDER.fullmatch(provider):
        raise FileValidationError(
            "{provider!r} cannot be a provider's name",
            hint="use 1 to 40 of a-z, 0-9, _ and -, a letter or digit first",
            provider=provider,
        )
    return provider


def check_symbol(symbol: str) -> str:
    """Return `symbol` if it can name a file on any system.

    Accepted: 1 to 40 characters, upper case and in composed form (NFC and NFKC), of A-Z, 0-9, `_`, `-` (not first)
    and letters of any script. That leaves out paths, controls, invisible characters and names that differ by case.

    Raises:
        FileValidationError: the rule is broken.
    """
    if not _acceptable(symbol):
        raise FileValidationError(
            "{symbol!r} cannot be a symbol's name",
            hint="use 1 to 40 letters (upper case), digits, _ and -, as in BTCUSDT",
            symbol=symbol,
        )
    return symbol


def _acceptable(symbol: str) -> bool:
    if not 1 <= len(symbol) <= _MAX_SYMBOL or symbol[0] in "_-":
        return False
    if symbol.isascii():
        return _ASCII.issuperset(symbol)
    forms = {symbol.upper(), unicodedata.normalize("NFC", symbol), unicodedata.normalize("NFKC", symbol)}
    return forms == {symbol} and all(char in _ASCII or unicodedata.category(char) in ("Lu", "Lo") for char in symbol)


def disk_name(name: str) -> str:
    """Return how a provider or symbol is called on disk: itself, with a `~` where Windows reserves the name."""
    return f"{name}~" if name.upper() in _RESERVED else name


def name_of(on_disk: str) -> str:
    """Return the provider or symbol that `disk_name` wrote as `on_disk`."""
    return on_disk.removesuffix("~")


@dataclass(frozen=True, slots=True)
class Layout:
    """The two folders of a bank and every path in them. Computes names only; touches nothing."""

    visible: Path
    """What other tools read."""
    control: Path
    """Manifests, objects, locks: the store's own, on the same file system."""
    flat: bool = False
    """Whether the visible tree holds one timeframe per symbol, without folders for provider, symbol, timeframe."""

    @classmethod
    def of_data_root(cls, data_root: Path | str) -> Layout:
        """Return the layout of a data root."""
        root = Path(data_root).absolute()
        return cls(root / "processed", root / ".threadx")

    @classmethod
    def of_folder(cls, base: Path | str) -> Layout:
        """Return the layout of a folder that is a bank of its own."""
        folder = Path(base).absolute()
        return cls(folder, folder.with_name(f"{folder.name}.threadx"), flat=True)

    # -- the control folder ---------------------------------------------------------------------------------------

    @property
    def format_file(self) -> Path:
        """Say which format the bank has."""
        return self.control / "FORMAT"

    @property
    def all_series(self) -> Path:
        """Hold one folder per provider, each with one per symbol."""
        return self.control / "series"

    @property
    def staging(self) -> Path:
        """Hold everything uncommitted."""
        return self.control / "stage"

    @property
    def quarantine(self) -> Path:
        """Hold what was taken out of service."""
        return self.control / "quarantine"

    @property
    def registry_lock(self) -> Path:
        """Guard the index; always the last lock to be taken."""
        return self.control / "locks" / "registry.lock"

    def lock(self, series: Series) -> Path:
        """Guard one series."""
        return self.control / "locks" / disk_name(series.provider) / f"{disk_name(series.symbol)}.lock"

    @lru_cache(maxsize=1024)  # noqa: B019 - layouts are few and small; a write asks a hundred times
    def series(self, series: Series) -> Path:
        """Hold the manifests, HEAD and objects of one series."""
        return self.all_series / disk_name(series.provider) / disk_name(series.symbol)

    def manifest(self, series: Series, gen: int) -> Path:
        """Hold one generation."""
        return self.series(series) / f"g-{gen:020d}.json"

    def head(self, series: Series) -> Path:
        """Hold the number of the generation that was published last."""
        return self.series(series) / "HEAD"

    def degraded(self, series: Series) -> Path:
        """Exist while a generation is lost and nobody has acknowledged it."""
        return self.series(series) / "DEGRADED"

    @lru_cache(maxsize=1024)  # noqa: B019 - as above
    def objects(self, series: Series) -> Path:
        """Hold the immutable Parquet files."""
        return self.series(series) / "obj"

    def object(self, series: Series, sha256: str) -> Path:
        """Hold one immutable Parquet file."""
        return self.objects(series) / sha256

    # -- the visible tree -----------------------------------------------------------------------------------------

    @lru_cache(maxsize=1024)  # noqa: B019 - as above
    def series_tree(self, series: Series) -> Path:
        """Hold the visible files of one series (in a flat bank: of all)."""
        if self.flat:
            return self.visible
        return self.visible / disk_name(series.provider) / disk_name(series.symbol)

    def file(self, series: Series, key: str) -> Path:
        """Hold the visible file of one key.

        Raises:
            FileValidationError: the path would leave the visible tree.
        """
        timeframe, _, month = key.partition("/")
        folder = self.visible if self.flat else self.series_tree(series) / timeframe
        if month != WHOLE:
            folder = folder / f"year={month[:4]}" / f"month={month[5:]}"
        path = folder / f"{disk_name(series.symbol)}.parquet"
        if not path.is_relative_to(self.visible) or ".." in path.parts:
            raise FileValidationError("{path}: outside the bank", path=path)
        return path
