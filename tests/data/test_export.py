"""Bars and tables as files: read back, they are what was stored."""

from __future__ import annotations

import csv
import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.data.excel_file import formulas, moment, sheets
from tests.data.memory_source import T0, minutes, without
from threadx.bars.schema import frame_from_columns
from threadx.config import Settings
from threadx.config_model import Store as StoreSettings
from threadx.data.export import Exported, export_bars, export_table
from threadx.data.io import read_frame
from threadx.errors import ConflictError, DataNotFoundError, FileValidationError, JobCancelled
from threadx.progress import Progress
from threadx.store import Store

MINUTE = 60_000
DAY = 1440 * MINUTE
BTC, ETH = "BTCUSDC", "ETHUSDC"
ONE = [("memory", BTC, "1m")]


@pytest.fixture
def store(settings: Settings) -> Store:
    """Bars from 20 March to 3 April 2023, with a hole, and their hours."""
    made = Store(settings.paths.data_root, settings=dataclasses.replace(settings))
    columns = without(minutes(T0, 15 * 1440), T0 + DAY, T0 + DAY + 90 * MINUTE)
    for symbol in (BTC, ETH):
        made.write("memory", symbol, frame_from_columns(columns), derive=["1h"])
    return made


def stored(store: Store, timeframe: str = "1m", start: int | None = None, end: int | None = None) -> pd.DataFrame:
    return store.read("memory", BTC, timeframe, start, end)


def test_csv_reads_back_as_the_bars(store, tmp_path):
    (made,) = export_bars(store, ONE, tmp_path / "out" / "b.csv", "csv")
    assert made == Exported(tmp_path / "out" / "b.csv", len(stored(store)), made.path.stat().st_size)
    pd.testing.assert_frame_equal(read_frame(made.path), stored(store), check_freq=False)


def test_csv_says_the_zone_in_every_time(store, tmp_path):
    (made,) = export_bars(store, ONE, tmp_path / "b.csv", "csv")
    with made.path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["timestamp"], rows[0]["symbol"]) == ("2023-03-20T00:00:00Z", BTC)


def test_parquet_reads_back_as_the_bars(store, tmp_path):
    (made,) = export_bars(store, [("memory", BTC, "1h")], tmp_path / "b.parquet", "parquet")
    back = read_frame(made.path)
    pd.testing.assert_frame_equal(back, stored(store, "1h"), check_freq=False, check_dtype=False)
    assert pd.read_parquet(made.path).index.tz is not None


def test_excel_reads_back_as_the_bars_and_says_utc_in_the_heading(store, tmp_path):
    (made,) = export_bars(store, [("memory", BTC, "1h")], tmp_path / "b.xlsx", "xlsx")
    (rows,) = sheets(made.path).values()
    frame = stored(store, "1h")
    assert rows[0] == ["timestamp (UTC)", *frame.columns]
    assert [moment(row[0]) for row in rows[1:]] == list(frame.index.to_pydatetime())
    np.testing.assert_allclose([row[5] for row in rows[1:]], frame["close"].to_numpy(), rtol=1e-14)
    assert {row[1] for row in rows[1:]} == {BTC}
    assert (made.rows, made.sheets) == (len(frame), (f"{BTC} 1h",))


def test_excel_splits_a_dataset_at_the_row_limit(store, tmp_path):
    wanted = [("memory", BTC, "1h"), ("memory", ETH, "1h")]
    (made,) = export_bars(store, wanted, tmp_path / "b.xlsx", "xlsx", sheet_rows=201)
    found = sheets(made.path)
    assert made.sheets == tuple(found) == (f"{BTC} 1h", f"{BTC} 1h (2)", f"{ETH} 1h", f"{ETH} 1h (2)")
    assert [len(rows) - 1 for rows in found.values()] == [200, 159, 200, 159]
    assert all(rows[0][0] == "timestamp (UTC)" for rows in found.values())


def test_a_workbook_goes_into_a_folder_too(store, tmp_path):
    """`--output FOLDER` is promised for every format; Excel said that it was a directory."""
    (one,) = export_bars(store, [("memory", BTC, "1h")], tmp_path, "xlsx")
    (both,) = export_bars(store, [("memory", BTC, "1h"), ("memory", ETH, "1h")], tmp_path, "xlsx")
    assert (one.path.name, both.path.name) == ("BTCUSDC_1h_memory.xlsx", "bars.xlsx")


def test_several_datasets_go_to_a_folder_a_file_each(store, tmp_path):
    wanted = [("memory", BTC, "1m"), ("memory", ETH, "1h")]
    made = export_bars(store, wanted, tmp_path / "out", "csv")
    assert [one.path.name for one in made] == ["BTCUSDC_1m_memory.csv", "ETHUSDC_1h_memory.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(one.path.name for one in made)


def test_older_tools_get_json_named_by_symbol_and_timeframe(store, tmp_path):
    made = export_bars(store, [*ONE, ("memory", BTC, "1h")], tmp_path / "out", "legacy-json")
    assert [each.path.name for each in made] == ["BTCUSDC_1m.json", "BTCUSDC_1h.json"]
    rows = json.loads(made[1].path.read_text())
    hours = stored(store, "1h")
    assert [row["timestamp"] for row in rows] == hours.index.as_unit("ms").asi8.tolist()
    assert list(rows[0]) == ["timestamp", *hours.columns[1:]]
    assert [row["close"] for row in rows] == list(hours["close"])


def test_json_of_one_dataset_is_called_as_asked_or_goes_into_a_folder(store, tmp_path):
    (named,) = export_bars(store, ONE, tmp_path / "b.json", "legacy-json")
    (inside,) = export_bars(store, ONE, tmp_path / "new folder", "legacy-json")
    assert (named.path, inside.path) == (tmp_path / "b.json", tmp_path / "new folder" / "BTCUSDC_1m.json")
    assert named.path.read_bytes() == inside.path.read_bytes()


def test_two_datasets_are_not_written_over_each_other(store, tmp_path):
    store.write("other", BTC, stored(store))
    with pytest.raises(ConflictError, match="two providers"):
        export_bars(store, [*ONE, ("other", BTC, "1m")], tmp_path, "legacy-json")


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_range_is_half_open_over_a_month_edge(store, tmp_path, kind):
    start, end = T0 + 11 * DAY + 23 * 60 * MINUTE, T0 + 12 * DAY + 60 * MINUTE
    (made,) = export_bars(store, ONE, tmp_path / f"b.{kind}", kind, start_ms=start, end_ms=end)
    assert made.rows == 120
    if kind != "xlsx":
        pd.testing.assert_index_equal(read_frame(made.path).index, stored(store, "1m", start, end).index, exact="equiv")


def test_columns_that_only_some_months_have_are_empty_in_the_others(settings, tmp_path):
    store = Store(settings.paths.data_root, settings=settings)
    march, april = minutes(T0 + 11 * DAY, 1440), minutes(T0 + 12 * DAY, 1440)
    del march["trades"]
    store.write("memory", BTC, frame_from_columns(march))
    store.write("memory", BTC, frame_from_columns(april))
    for kind in ("csv", "parquet"):
        (made,) = export_bars(store, ONE, tmp_path / f"b.{kind}", kind)
        trades = read_frame(made.path)["trades"]
        assert (int(trades.isna().sum()), int(trades.notna().sum())) == (1440, 1440), kind


def test_what_is_not_there_is_told_before_anything_is_written(store, tmp_path):
    for missing in (("memory", "SOLUSDC", "1m"), ("memory", BTC, "2h"), ("other", BTC, "1m")):
        with pytest.raises(DataNotFoundError):
            export_bars(store, [*ONE, missing], tmp_path / "out", "csv")
    with pytest.raises(DataNotFoundError):
        export_bars(store, ONE, tmp_path / "out.csv", "csv", start_ms=T0 + 400 * DAY)
    with pytest.raises(DataNotFoundError, match="no bar opens"):  # inside the hole
        export_bars(store, ONE, tmp_path / "out.csv", "csv", start_ms=T0 + DAY, end_ms=T0 + DAY + MINUTE)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_cancel_leaves_the_old_file_and_nothing_beside_it(store, tmp_path, kind):
    target = tmp_path / "out" / f"b.{kind}"
    target.parent.mkdir()
    target.write_text("old")

    def stop(event):
        if event.done:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(JobCancelled):
        export_bars(store, ONE, target, kind, progress=progress)
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_progress_counts_bars_up_to_all(store, tmp_path):
    seen = []
    export_bars(store, ONE, tmp_path / "b.csv", "csv", progress=Progress(seen.append))
    assert (seen[0].done, seen[-1].done) == (0, seen[-1].total)
    assert {event.unit for event in seen} == {"bars"}


def test_the_place_of_the_bank_is_refused(store, settings, tmp_path):
    for folder in ("processed", ".threadx"):
        with pytest.raises(FileValidationError):
            export_bars(store, ONE, settings.paths.data_root / folder / "b.csv", "csv")
        with pytest.raises(FileValidationError):
            export_table(["a"], [[1]], settings.paths.data_root / folder / "b.csv")


@pytest.mark.parametrize(("datasets", "kind"), [([], "csv"), (ONE, "html")])
def test_nothing_and_unknown_formats_are_programming_errors(store, tmp_path, datasets, kind):
    with pytest.raises(ValueError, match="nothing to export"):
        export_bars(store, datasets, tmp_path / "x", kind)


# -- tables ----------------------------------------------------------------------------------------------------------

HEADINGS = ["symbol", "first (UTC)", "rows", "change"]
ROWS = [
    [BTC, datetime(2024, 6, 3, 12, tzinfo=UTC), 1440, -1.5],
    ["=1+1", None, 0, 0.1],
    ['a,b\n"c"', None, 2**40, None],
]


def test_a_table_is_shown_in_csv_as_it_was(tmp_path):
    made = export_table(HEADINGS, ROWS, tmp_path / "t.csv")
    with made.path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        HEADINGS,
        [BTC, "2024-06-03T12:00:00Z", "1440", "-1.5"],
        ["'=1+1", "", "0", "0.1"],
        ['a,b\n"c"', "", str(2**40), ""],
    ]


def test_a_table_is_shown_in_excel_as_it_was(tmp_path):
    made = export_table(HEADINGS, ROWS, tmp_path / "t.xlsx", title="Inventory")
    (rows,) = sheets(made.path).values()
    assert made.sheets == ("Inventory",)
    assert rows[0] == HEADINGS
    assert (moment(rows[1][1]), rows[1][2:]) == (ROWS[0][1], [1440.0, -1.5])
    assert rows[2] == ["'=1+1", None, 0.0, 0.1]
    assert formulas(made.path) == 0


def test_a_table_in_another_format_is_refused(tmp_path):
    with pytest.raises(FileValidationError, match="no such table format"):
        export_table(HEADINGS, ROWS, tmp_path / "t.html")
    assert list(Path(tmp_path).iterdir()) == []


def test_a_table_as_parquet_keeps_its_types(tmp_path):
    export_table(HEADINGS, ROWS, tmp_path / "t.parquet")

    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert list(frame.columns) == list(HEADINGS)
    assert len(frame) == len(ROWS)


def test_a_shown_table_of_mixed_cells_can_be_parquet_too(tmp_path):
    rows = [["x", 1, datetime(2024, 6, 3, 12, tzinfo=UTC), "-"], ["y", 2.5, None, 7]]
    made = export_table(["a", "b", "c", "a"], rows, tmp_path / "t.parquet")
    back = pd.read_parquet(made.path)
    assert list(back.columns) == ["a", "b", "c", "a (2)"]
    assert (back["b"].tolist(), back["a (2)"].tolist()) == ([1.0, 2.5], ["-", "7"])
    assert back["c"][0] == pd.Timestamp(rows[0][2])


def test_an_empty_table_has_its_headings(tmp_path):
    for ending in ("csv", "xlsx", "parquet"):
        assert export_table(["a", "b"], [], tmp_path / f"t.{ending}").rows == 0
    assert list(pd.read_parquet(tmp_path / "t.parquet").columns) == ["a", "b"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_bars_that_go_while_they_are_exported_are_not_left_out_in_silence(settings, tmp_path, kind):
    """The generation was collected between two months: the file had one month and the export went well."""
    store = Store(
        settings.paths.data_root, settings=dataclasses.replace(settings, store=StoreSettings(keep_operations=1))
    )
    store.write("memory", BTC, frame_from_columns(minutes(T0, 15 * 1440)), derive=["1h"])

    def meanwhile(event):
        if 0 < event.done < event.total and store.manifest("memory", BTC).gen < 4:
            for volume in (1.0, 2.0, 3.0):
                store.write("memory", BTC, stored(store).assign(volume=volume))

    with pytest.raises(ConflictError, match="changed while they were exported"):
        export_bars(store, ONE, tmp_path / f"b.{kind}", kind, progress=Progress(meanwhile))
    assert not (tmp_path / f"b.{kind}").exists()
