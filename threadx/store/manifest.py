"""A generation of one series as a value: which object is each file, and what is known without opening them.

A manifest is immutable and holds the hash of its own canonical JSON, so a damaged one is recognised; it names the
hash of its parent, so a foreign one is too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, subtract, union
from threadx.bars.timeframe import Timeframe
from threadx.errors import CorruptPartitionError
from threadx.store.layout import Series

__all__ = ["Coverage", "FileEntry", "Lineage", "Manifest", "Step", "add_to_ledger", "cut_ledger", "digest"]

MAX_TXN_IDS = 64


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a derived file was made from. It is stale exactly when this differs from what the 1m files now say."""

    derived_from: tuple[str, ...]
    """SHA-256 of the 1m files, in order of month."""
    until_ms: int
    """End of the last bucket that the covered range reaches."""
    previous_close: float | None = None
    """Last traded close before the month, when the month begins without a trade; None where it does not matter."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a generation. Times are open times in milliseconds UTC."""

    sha256: str
    size_bytes: int
    rows: int
    first_ms: int
    last_ms: int
    columns: tuple[str, ...]
    """The value columns there are, without `timestamp` and `symbol`."""
    crc32: int
    """Of the whole file: what ordinary reads check. As fast as page checksums, and it covers headers and footer."""
    gaps: tuple[Interval, ...] = ()
    """Missing stretches between first and last row; kept for what is not derived."""
    first_open: float | None = None
    """Open of the first row; kept for what is not derived, as the two below."""
    last_close: float | None = None
    """Close of the last row that has volume; None when no row has."""
    starts_flat: bool = False
    """Whether the first row has no volume."""
    lineage: Lineage | None = None
    """None for what was given rather than derived."""

    def stored(self, period_ms: int) -> tuple[Interval, ...]:
        """Return the stretches that have rows."""
        whole = Interval(self.first_ms, max(self.last_ms + period_ms, self.first_ms))
        return subtract([whole], self.gaps) if self.gaps else (whole,)

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values; what is empty is left out."""
        values: dict[str, Any] = {
            "sha256": self.sha256, "bytes": self.size_bytes, "rows": self.rows, "first": self.first_ms,
            "last": self.last_ms, "schema": list(self.columns), "crc32": self.crc32,
        }  # fmt: skip
        if self.lineage is not None:
            values["derived_from"] = list(self.lineage.derived_from)
            values["until"] = self.lineage.until_ms
            values["previous_close"] = self.lineage.previous_close
            return values
        return values | {
            "gaps": [[gap.start_ms, gap.end_ms] for gap in self.gaps], "first_open": self.first_open,
            "last_close": self.last_close, "starts_flat": self.starts_flat,
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> FileEntry:
        """Return the entry that `to_json` gave."""
        lineage = None
        if "derived_from" in values:
            lineage = Lineage(tuple(values["derived_from"]), values["until"], values["previous_close"])
        return cls(
            sha256=values["sha256"],
            size_bytes=values["bytes"],
            rows=values["rows"],
            first_ms=values["first"],
            last_ms=values["last"],
            columns=tuple(values["schema"]),
            crc32=values["crc32"],
            gaps=tuple(Interval(start, end) for start, end in values.get("gaps", ())),
            first_open=values.get("first_open"),
            last_close=values.get("last_close"),
            starts_flat=values.get("starts_flat", False),
            lineage=lineage,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of a dataset's time line."""

    stored: tuple[Interval, ...] = ()
    """Stretches that have bars."""
    ledger: tuple[Gap, ...] = ()
    """Stretches that were asked for and confirmed to be empty, with the cause."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who commits what: the part of a manifest that says why it exists."""

    op_id: str
    """One call or job is one operation, however many generations it commits."""
    reason: str
    rows_added: int = 0
    rows_changed: int = 0
    txn_id: str | None = None


@dataclass(frozen=True)
class Manifest:
    """One generation of a series."""

    series: Series
    gen: int
    step: Step
    utc: datetime
    """When it was committed, by the wall clock (aware)."""
    writer: str
    """Version, process and host that wrote it."""
    op_base: int
    """The generation before the operation began; 0 when there was none."""
    parent_gen: int
    parent_sha: str
    """Hash of the parent's body; "" for the first."""
    files: Mapping[str, FileEntry]
    """By key, as in "1m/2024-03"."""
    ledger: tuple[Gap, ...] = ()
    txn_ids: tuple[str, ...] = field(default=())
    """The last 64 transactions, this one included, so that a retried write is recognised."""

    @classmethod
    def nothing(cls, series: Series) -> Manifest:
        """Return the state before the first generation."""
        moment = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        return cls(series, 0, Step("", ""), moment, "", 0, 0, "", {})

    def following(self, step: Step, utc: datetime, writer: str) -> Manifest:
        """Return the next generation with the same content."""
        ids = self.txn_ids if step.txn_id is None else (*self.txn_ids, step.txn_id)[-MAX_TXN_IDS:]
        return replace(
            self,
            gen=self.gen + 1,
            step=step,
            utc=utc,
            writer=writer,
            op_base=self.op_base if self.gen and self.step.op_id == step.op_id else self.gen,
            parent_gen=self.gen,
            parent_sha=self.sha256 if self.gen else "",
            txn_ids=ids,
        )

    # -- what is in it --------------------------------------------------------------------------------------------

    @property
    def timeframes(self) -> tuple[str, ...]:
        """The timeframes that have files, ascending by name."""
        return tuple(sorted(self._by_timeframe))

    def of(self, timeframe: str) -> Mapping[str, FileEntry]:
        """Return the files of one timeframe by month (or "all"), in order."""
        return self._by_timeframe.get(timeframe, MappingProxyType({}))

    @cached_property
    def _by_timeframe(self) -> Mapping[str, Mapping[str, FileEntry]]:
        found: dict[str, dict[str, FileEntry]] = {}
        for key in sorted(self.files):
            timeframe, _, month = key.partition("/")
            found.setdefault(timeframe, {})[month] = self.files[key]
        return {timeframe: MappingProxyType(entries) for timeframe, entries in found.items()}

    def is_derived(self, timeframe: str) -> bool:
        """Return whether a timeframe there is was derived from 1m."""
        return any(entry.lineage is not None for entry in self.of(timeframe).values())

    def coverage(self, timeframe: Timeframe) -> Coverage:
        """Return where a timeframe has bars. For derived ones gaps inside a month are not told: ask for 1m.

        A month has no fixed period: its bars count as touching.
        """
        entries = self.of(timeframe.name).values()
        stored = union(
            part
            for entry in entries
            for part in (
                entry.stored(timeframe.period_ms)
                if timeframe.period_ms is not None
                else (Interval(entry.first_ms, int(timeframe.next(entry.last_ms))),)
            )
        )
        return Coverage(stored, self.ledger)

    @cached_property
    def hashes(self) -> frozenset[str]:
        """The objects it names."""
        return frozenset(entry.sha256 for entry in self.files.values())

    # -- as bytes -------------------------------------------------------------------------------------------------

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical body."""
        return digest(self._canonical_body)

    @cached_property
    def _canonical_body(self) -> bytes:
        return _canonical(self.body())

    def body(self) -> dict[str, Any]:
        """Return everything but the hash as plain JSON values."""
        return {
            "provider": self.series.provider, "symbol": self.series.symbol, "gen": self.gen,
            "op_id": self.step.op_id, "op_base": self.op_base, "reason": self.step.reason,
            "rows_added": self.step.rows_added, "rows_changed": self.step.rows_changed, "txn_id": self.step.txn_id,
            "parent_gen": self.parent_gen, "parent_sha": self.parent_sha, "txn_ids": list(self.txn_ids),
            "writer": self.writer, "utc": self.utc.isoformat(timespec="microseconds"),
            "files": {key: entry.to_json() for key, entry in self.files.items()},
            "ledger": [[gap.interval.start_ms, gap.interval.end_ms, str(gap.cause)] for gap in self.ledger],
        }  # fmt: skip

    def to_bytes(self) -> bytes:
        """Return the manifest as it lies on disk: a JSON object, its hash first."""
        return b'{"sha256":"' + self.sha256.encode() + b'",' + self._canonical_body[1:] + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Return the manifest that `to_bytes` gave.

        Raises:
            CorruptPartitionError: the bytes are not a manifest, or not what was written.
        """
        try:
            head, body = data[:77], b"{" + data[77:-1]
            if head != b'{"sha256":"' + digest(body).encode() + b'",' or data[-1:] != b"\n":
                raise ValueError("hash")  # noqa: TRY301 - one way out for all that is wrong with it
            return cls._from_json(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptPartitionError("the manifest is damaged", hint="run: threadx verify --repair") from error

    @classmethod
    def _from_json(cls, values: Mapping[str, Any]) -> Manifest:
        step = Step(values["op_id"], values["reason"], values["rows_added"], values["rows_changed"], values["txn_id"])
        return cls(
            series=Series(values["provider"], values["symbol"]),
            gen=values["gen"],
            step=step,
            utc=datetime.fromisoformat(values["utc"]),
            writer=values["writer"],
            op_base=values["op_base"],
            parent_gen=values["parent_gen"],
            parent_sha=values["parent_sha"],
            files={key: FileEntry.from_json(entry) for key, entry in values["files"].items()},
            ledger=tuple(Gap(Interval(start, end), GapCause(cause)) for start, end, cause in values["ledger"]),
            txn_ids=tuple(values["txn_ids"]),
        )


def _canonical(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def add_to_ledger(ledger: tuple[Gap, ...], added: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Return the ledger with more confirmed-empty stretches; a newer cause replaces an older one where both speak."""
    newer = union(gap.interval for gap in added)
    return _merged([*_without(ledger, newer), *added])


def cut_ledger(ledger: tuple[Gap, ...], stored: tuple[Interval, ...]) -> tuple[Gap, ...]:
    """Return the ledger without the stretches where rows have arrived."""
    return _merged(_without(ledger, stored))


def _without(ledger: tuple[Gap, ...], cut: tuple[Interval, ...]) -> Iterator[Gap]:
    for gap in ledger:
        for rest in subtract([gap.interval], cut):
            yield Gap(rest, gap.cause)


def _merged(gaps: Iterator[Gap] | list[Gap]) -> tuple[Gap, ...]:
    by_cause: dict[GapCause, list[Interval]] = {}
    for gap in gaps:
        by_cause.setdefault(gap.cause, []).append(gap.interval)
    found = [Gap(interval, cause) for cause, parts in by_cause.items() for interval in union(parts)]
    return tuple(sorted(found, key=lambda gap: (gap.interval.start_ms, str(gap.cause))))
