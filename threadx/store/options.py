"""What callers of `Store` may give, and what it means with the settings."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from threadx.bars.dates import ms_of
from threadx.bars.gaps import Gap
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.config_model import Settings
from threadx.progress import Progress
from threadx.store.changes import MODES, Mode
from threadx.store.encoding import COMPRESSIONS
from threadx.store.write import WriteRequest, timeframes_to_keep

__all__ = ["Moment", "WriteOptions", "moment_ms", "request_of"]

Moment = int | datetime | None
"""Milliseconds UTC, or an aware datetime."""


class WriteOptions(TypedDict, total=False):
    """The keywords of `Store.write`."""

    timeframe: str | Timeframe
    """What the bars are; "1m" unless said."""
    mode: Mode
    """"upsert" (default): newest wins. "append": only rows after the last stored one. "replace": the whole dataset.
    "keep": stored rows stay, only open times that are not stored are added."""
    derive: Sequence[str | Timeframe] | None
    """Timeframes to keep from now on, besides those already kept and, but see `only`, the configured ones."""
    only: bool
    """True: leave the configured timeframes out; False unless said."""
    txn_id: str | None
    """A write with an id that is among the last 64 of the series has happened: its generation is returned."""
    op_id: str | None
    """Writes with one op_id are one operation for history and undo; each call is its own unless given."""
    reason: str
    """Why, for the history."""
    empty: Sequence[Gap]
    """Stretches of 1m that were asked for and confirmed to hold nothing; the frame may have no rows then."""
    deduplicate: bool
    """True (default): rows may be unsorted and repeated, the last of one open time wins. False: that is an error."""
    check_integrity: bool
    """Read back what was written and compare; True unless said."""
    compression: str | None
    """"lz4" "snappy" "zstd" "gzip" "auto"; as configured unless said."""
    timeout_s: float | None
    """How long to wait for another writer; as configured unless said."""
    single_file: bool
    """One file for all months; only in a bank of its own."""
    progress: Progress
    """Reports partitions; its cancel leaves everything as it was."""


def request_of(options: WriteOptions, settings: Settings) -> WriteRequest:
    """Return the write that the keywords ask for; what they leave open is as configured.

    Raises:
        UnsupportedTimeframeError: there is no such timeframe.
        ValueError: there is no such mode or compression.
    """
    given = {name: value for name, value in options.items() if value is not None}
    derive, only = given.pop("derive", ()), given.pop("only", False)
    given["timeframe"] = Timeframe.parse(options.get("timeframe", ONE_MINUTE))
    given["kept"] = timeframes_to_keep([*(() if only else settings.ingest.timeframes), *derive])  # type: ignore[misc]  # a sequence: WriteOptions
    given["empty"] = tuple(options.get("empty", ()))
    defaults = {
        "mode": "upsert",
        "compression": settings.store.compression,
        "timeout_s": settings.store.lock_timeout_s,
        "op_id": uuid.uuid4().hex,
    }
    request = WriteRequest(**(defaults | given))  # type: ignore[arg-type]  # names and types: WriteOptions
    if request.mode not in MODES:
        raise ValueError(f"no such mode: {request.mode!r}")
    if request.compression not in COMPRESSIONS:
        raise ValueError(f"no such compression: {request.compression!r}")
    return request


def moment_ms(moment: Moment, default: int) -> int:
    """Return milliseconds UTC; `default` for None.

    Raises:
        ValueError: a datetime has no time zone.
    """
    if moment is None:
        return default
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("a datetime needs a time zone here")
        return ms_of(moment)
    return int(moment)
