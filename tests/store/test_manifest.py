"""A generation as a value: whole or refused, and what its ledger and coverage say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.timeframe import ONE_MINUTE
from threadx.errors import CorruptPartitionError
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Lineage, Manifest, Step, add_to_ledger, cut_ledger

SERIES = Series("binance", "币安人生USDT")
NOW = datetime(2024, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ENTRY = FileEntry(
    "ab" * 32, 1234, 90, 0, 99 * 60_000, ("open", "close"), 77, (Interval(600_000, 1_200_000),), 1.5, 0.1 + 0.2, True
)
DERIVED = FileEntry("cd" * 32, 99, 1, 0, 0, ("open",), 5, lineage=Lineage(("ab" * 32,), 3_600_000, None))


def gap(start: int, end: int, cause: GapCause = GapCause.UNKNOWN) -> Gap:
    return Gap(Interval(start, end), cause)


def generation(**changes: object) -> Manifest:
    first = Manifest.nothing(SERIES).following(Step("op", "test", 90, 0, "txn-1"), NOW, "writer")
    content = {"files": {"1m/1970-01": ENTRY, "1h/1970-01": DERIVED}, "ledger": (gap(7, 9, GapCause.HALTED),)}
    return replace(first, **(content | changes))


def test_what_is_written_is_read():
    manifest = generation()
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest


def test_every_flipped_bit_is_noticed():
    data = generation().to_bytes()
    for position in np.random.default_rng(3).integers(0, len(data) * 8, 200):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << (position % 8)
        with pytest.raises(CorruptPartitionError):
            Manifest.from_bytes(bytes(damaged))


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"\xff", b'{"sha256":"' + b"0" * 64 + b'",', b"[" * 10_000])
def test_what_is_no_manifest_is_refused(data: bytes):
    with pytest.raises(CorruptPartitionError):
        Manifest.from_bytes(data)


def test_a_generation_names_its_parent_and_its_transactions():
    first = generation()
    second = first.following(Step("op", "more", txn_id="txn-2"), NOW, "writer")
    assert (second.gen, second.parent_gen, second.parent_sha) == (2, 1, first.sha256)
    assert second.txn_ids == ("txn-1", "txn-2")


def test_only_the_last_64_transactions_are_remembered():
    manifest = Manifest.nothing(SERIES)
    for number in range(70):
        manifest = manifest.following(Step("op", "x", txn_id=str(number)), NOW, "writer")
    assert manifest.txn_ids == tuple(str(number) for number in range(6, 70))


def test_an_operation_remembers_where_it_began():
    first = generation()
    second = first.following(Step("job", "a"), NOW, "writer")
    third = second.following(Step("job", "b"), NOW, "writer")
    fourth = third.following(Step("other", "c"), NOW, "writer")
    assert [manifest.op_base for manifest in (first, second, third, fourth)] == [0, 1, 1, 3]


def test_coverage_is_what_lies_between_the_gaps():
    coverage = generation().coverage(ONE_MINUTE)
    assert coverage.stored == (Interval(0, 600_000), Interval(1_200_000, 6_000_000))
    assert coverage.ledger == (gap(7, 9, GapCause.HALTED),)


def test_the_ledger_is_a_union_per_cause():
    ledger = add_to_ledger((gap(0, 10), gap(20, 30)), (gap(10, 20), gap(40, 50, GapCause.OUTAGE)))
    assert ledger == (gap(0, 30), gap(40, 50, GapCause.OUTAGE))


def test_a_newer_cause_replaces_an_older_one():
    ledger = add_to_ledger((gap(0, 30),), (gap(10, 20, GapCause.OUTAGE),))
    assert ledger == (gap(0, 10), gap(10, 20, GapCause.OUTAGE), gap(20, 30))


def test_rows_that_arrive_cut_the_ledger():
    assert cut_ledger((gap(0, 30),), (Interval(10, 20),)) == (gap(0, 10), gap(20, 30))
