"""The registry's index: one SQLite row per dataset, rebuilt from the manifests whenever it is missing or damaged.

It is never the truth. Rollback-journal mode on purpose, never WAL: SQLite before 3.51.3 (Python 3.11 ships 3.40.1)
can corrupt a WAL database when it is reset under readers, and WAL does not work on network drives.

No method takes the registry lock: `threadx.store.catalog` does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType

from threadx.bars.timeframe import TIMEFRAMES
from threadx.store.datasets import DatasetRow

__all__ = ["BUSY_TIMEOUT_S", "SCHEMA_VERSION", "Entry", "Index"]

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 1.0
"""How long another program (a database browser, say) may hold the index before it counts as unusable."""

Entry = tuple[str, str, int, Sequence[DatasetRow]]
"""provider, symbol, generation, its datasets: what the index knows about one series; generation 0: nothing."""

_COLUMNS = ", ".join(DatasetRow._fields)
_MARKS = ", ".join("?" for _ in DatasetRow._fields)
_INSERT = f"INSERT INTO datasets VALUES({_MARKS})"
_LIST = "UPDATE series SET listed = ? WHERE provider = ? AND symbol = ?"
_SELECT = f"SELECT {_COLUMNS} FROM datasets"  # noqa: S608 - our own column names
_ORDER = {timeframe.name: position for position, timeframe in enumerate(TIMEFRAMES)}
_SCHEMA = f"""
CREATE TABLE datasets({_COLUMNS}, PRIMARY KEY(provider, symbol, timeframe)) WITHOUT ROWID;
CREATE TABLE series(provider, symbol, generation, listed, PRIMARY KEY(provider, symbol)) WITHOUT ROWID;
PRAGMA user_version = {SCHEMA_VERSION};
"""


class Index:
    """The file `catalog.sqlite`. Opens it per call, so it may be used from any thread and survives replacement.

    Every method but `build` raises `sqlite3.Error` when the file is missing, damaged, locked or of another schema.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s

    @staticmethod
    def build(entries: Iterable[Entry], listed: Mapping[tuple[str, str], int | None] = MappingProxyType({})) -> bytes:
        """Return the bytes of a fresh index file that holds `entries`, and what `listed` gave of the old one."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
            memory.executescript(_SCHEMA)
            with _transaction(memory):
                for entry in entries:
                    _insert(memory, entry)
                memory.executemany(_LIST, [(generation, *series) for series, generation in listed.items()])
            return memory.serialize()

    def replace(self, entries: Iterable[Entry]) -> None:
        """Make each entry all that is known of its series, in one transaction."""
        with self._connection() as connection, _transaction(connection):
            for entry in entries:
                connection.execute("DELETE FROM datasets WHERE provider = ? AND symbol = ?", entry[:2])
                _insert(connection, entry)

    def rows(
        self, *, provider: str | None = None, symbol: str | None = None, timeframe: str | None = None
    ) -> list[DatasetRow]:
        """Return the datasets that fit, by provider, symbol and length of timeframe."""
        wanted = {"provider": provider, "symbol": symbol, "timeframe": timeframe}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "1"
        with self._connection() as connection:
            found = list(map(DatasetRow._make, connection.execute(f"{_SELECT} WHERE {where}", given)))
        return sorted(found, key=sort_key)

    def count(self) -> int:
        """Return how many datasets there are."""
        with self._connection() as connection:
            return int(connection.execute("SELECT count(*) FROM datasets").fetchone()[0])

    def generations(self) -> dict[tuple[str, str], int]:
        """Return the generation each series had when its rows were written."""
        with self._connection() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute("SELECT * FROM series")}

    def listed(self) -> dict[tuple[str, str], int | None]:
        """Return the generation of each series' checksum file; None where there is none."""
        with self._connection() as connection:
            return {(row[0], row[1]): row[3] for row in connection.execute("SELECT * FROM series")}

    def unlisted(self) -> list[tuple[str, str]]:
        """Return the series that changed since their checksum file was written."""
        with self._connection() as connection:
            return connection.execute(
                "SELECT provider, symbol FROM series WHERE listed IS NOT generation ORDER BY provider, symbol"
            ).fetchall()

    def mark_listed(self, listed: Iterable[tuple[int, str, str]]) -> None:
        """Remember the (generation, provider, symbol) whose checksum files were written."""
        with self._connection() as connection, _transaction(connection):
            connection.executemany(_LIST, listed)

    def problem(self) -> str:
        """Return what is wrong with the file as a database, or ""."""
        try:
            with self._connection() as connection:
                report = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
                pages = connection.execute("PRAGMA page_count").fetchone()[0]
                page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        except sqlite3.Error as error:
            return str(error)
        if report != "ok":
            return report
        return "" if self.path.stat().st_size == pages * page_size else "the file is longer than the database"

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        with closing(
            sqlite3.connect(address, uri=True, timeout=self._busy_timeout_s, isolation_level=None)
        ) as connection:
            # After a kill or a power cut the seal is broken, and the index is built anew: no journal on disk, no fsync.
            # Naming a mode also undoes the WAL that another tool may have switched on.
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != SCHEMA_VERSION:
                raise sqlite3.DatabaseError(f"schema {version} instead of {SCHEMA_VERSION}")
            yield connection


def sort_key(dataset: DatasetRow) -> tuple[str, str, int]:
    """Order datasets by provider, symbol and length of timeframe."""
    return dataset.provider, dataset.symbol, _ORDER.get(dataset.timeframe, len(_ORDER))


def _insert(connection: sqlite3.Connection, entry: Entry) -> None:
    provider, symbol, generation, datasets = entry
    connection.executemany(_INSERT, datasets)
    if not generation:
        connection.execute("DELETE FROM series WHERE provider = ? AND symbol = ?", (provider, symbol))
        return
    connection.execute(
        "INSERT INTO series VALUES(?, ?, ?, NULL) "
        "ON CONFLICT(provider, symbol) DO UPDATE SET generation = excluded.generation",
        (provider, symbol, generation),
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
