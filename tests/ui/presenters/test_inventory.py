"""The Inventory tab's decisions on a real bank, without a screen."""

from __future__ import annotations

import csv

import pytest

from tests.ui.bank import BTC, DAY_MS, ETH, SOL, START_MS, Desk, exchange, on_exchange, write
from threadx import i18n
from threadx.bridge import ThreadXBridge
from threadx.store import Store
from threadx.ui.presenters.inventory import InventoryPresenter, What
from threadx.ui.presenters.inventory_rows import COLUMNS
from threadx.ui.selection import Selection

TITLES = [column.key for column in COLUMNS]


class View:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.rows = ()
        self.empty = None
        self.deleted = 0
        self.tables = []
        self.changes = 0

    def show_rows(self, rows):
        self.rows, self.empty = rows, None

    def show_empty(self, empty):
        self.rows, self.empty = (), empty

    def show_deleted(self, count):
        self.deleted = count

    def show_table(self, table):
        self.tables.append(table)

    def changed(self):
        self.changes += 1


class Stage:
    """A presenter with all around it."""

    def __init__(self, bridge: ThreadXBridge) -> None:
        self.bridge = bridge
        self.desk = Desk(bridge)
        self.told: list[str] = []
        self.tabs: list[str] = []
        self.selection = Selection()
        self.view = View()
        self.presenter = InventoryPresenter(
            bridge, self.desk, self.selection, notify=self.told.append, open_tab=self.tabs.append
        )
        self.presenter.attach(self.view)
        self.desk.on_jobs.append(self.presenter.on_jobs)

    def read(self) -> dict[str, dict[str, str]]:
        """Read anew; return cells by row key and column key."""
        before = self.view.changes
        self.presenter.refresh()
        self.desk.until(lambda: self.view.changes > before)
        return {row.key: dict(zip(TITLES, row.cells, strict=True)) for row in self.view.rows}

    def ended(self) -> None:
        """Wait for the jobs and read what they made."""
        before = len(self.told)
        self.desk.until(lambda: not self.bridge.jobs.busy and len(self.told) > before)
        self.read()


@pytest.fixture
def stage(settings):
    with exchange() as running:
        chosen = on_exchange(settings, running)
        with ThreadXBridge(chosen) as bridge:
            yield Stage(bridge)


KEY = f"demo/{BTC}/1m"


def test_every_dataset_is_a_row_with_all_that_is_known_of_it(stage):
    write(stage.bridge.settings, BTC, hole_minutes=90)
    rows = stage.read()
    assert list(rows) == [KEY, f"demo/{BTC}/1h"]
    row = rows[KEY]
    assert (row["first"], row["last"]) == ("2024-05-30 00:00", "2024-06-01 23:59")
    assert (row["rows"], row["partitions"], row["gaps"], row["missing"]) == ("4,230", "2", "1", "90")
    assert row["quality"] == "97.91 %"
    assert row["checksum"] == "not checked"
    assert row["freshness"].endswith("days old")
    assert stage.presenter.totals(list(rows)).startswith("2 datasets · 4,301 bars · ")
    assert stage.presenter.totals([KEY]).startswith("1 / 2 shown · 1 dataset · 4,230 bars")


def test_an_empty_bank_says_what_to_do(stage):
    stage.read()
    assert stage.view.empty is not None
    assert len(stage.view.empty.steps) == 2


def test_a_verification_is_told_and_marks_its_rows(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.read()
    stage.presenter.verify([KEY])
    stage.ended()
    assert "nothing is wrong" in stage.told[-1]
    assert stage.view.rows[0].cells[-1] == "\u2713 right"
    assert stage.view.tables == []


def test_damage_is_told_shown_and_repaired(stage):
    settings = stage.bridge.settings
    write(settings, BTC, days=1)
    stage.read()
    for file in sorted(settings.paths.data_root.glob(f".threadx/series/demo/{BTC}/obj/*")):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.chmod(0o644)
        file.write_bytes(content)
    stage.presenter.verify([KEY])
    stage.ended()
    assert "finding" in stage.told[-1]
    assert stage.view.tables
    assert stage.view.rows[0].tags == ("danger",)


def test_deleting_asks_deletes_and_can_be_taken_back(stage):
    write(stage.bridge.settings, BTC, days=1)
    write(stage.bridge.settings, ETH, days=1)
    rows = stage.read()
    assert BTC in stage.presenter.delete_question([KEY])
    stage.presenter.delete([KEY, f"demo/{BTC}/1h"])
    stage.ended()
    assert {row.cells[0] for row in stage.view.rows} == {ETH}
    assert stage.view.deleted == 1
    assert "deleted" in stage.told[-1]
    stage.presenter.undo(stage.presenter.deleted[0])
    stage.ended()
    assert {row.key for row in stage.view.rows} == set(rows)
    assert stage.view.deleted == 0


def test_one_timeframe_goes_alone(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.read()
    stage.presenter.delete([f"demo/{BTC}/1h"])
    stage.ended()
    assert [row.key for row in stage.view.rows] == [KEY]


def test_opening_shares_the_selection_and_shows_charts(stage):
    write(stage.bridge.settings, BTC, days=1)
    write(stage.bridge.settings, SOL, days=1, provider="import")
    stage.read()
    stage.presenter.open_in_charts([f"demo/{BTC}/1h"])
    assert (stage.selection.choice.symbols, stage.selection.choice.timeframe) == ((BTC,), "1h")
    assert stage.tabs == ["charts"]
    stage.presenter.open_in_charts([f"import/{SOL}/1m"])
    assert stage.tabs == ["charts"]
    assert "demo" in stage.told[-1]


def test_what_can_be_done_depends_on_what_is_chosen(stage):
    write(stage.bridge.settings, BTC, days=1)
    write(stage.bridge.settings, SOL, days=1, provider="import")
    stage.read()

    def usable(*keys: str) -> set[str]:
        return {each.name for each in stage.presenter.actions(keys) if each is not None and each.enabled}

    assert usable() == set()
    assert usable(KEY) == {each.name for each in stage.presenter.actions([KEY]) if each is not None}
    assert "folder" not in usable(KEY, f"demo/{BTC}/1h")
    assert "history" in usable(KEY, f"demo/{BTC}/1h")
    assert {"charts", "update"}.isdisjoint(usable(f"import/{SOL}/1m"))


def test_an_update_brings_what_has_come_since(stage):
    write(stage.bridge.settings, BTC, days=4)
    stage.read()
    stage.presenter.update([KEY, f"demo/{BTC}/1h"])
    stage.ended()
    assert stage.view.rows[0].cells[TITLES.index("last")] == "2024-06-03 11:59"
    assert "up to date" in stage.told[-1]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_the_table_is_exported_as_it_is_shown(stage, tmp_path, kind):
    write(stage.bridge.settings, BTC, days=1)
    rows = stage.read()
    target = tmp_path / stage.presenter.suggested_name(What.TABLE, kind, list(rows))
    stage.presenter.export(What.TABLE, kind, str(target), list(rows))
    stage.ended()
    assert str(target) in stage.told[-1]
    assert target.stat().st_size > 0
    if kind == "csv":
        with target.open(encoding="utf-8-sig", newline="") as file:
            head, first, *_rest = csv.reader(file)
        assert len(head) == len(COLUMNS)
        assert first[0] == BTC
        assert first[3] == "2024-05-30T00:00:00Z"
        assert len(first[-1]) == 64


def test_bars_of_several_datasets_go_to_a_folder(stage, tmp_path):
    write(stage.bridge.settings, BTC, days=1)
    rows = stage.read()
    stage.presenter.export(What.BARS, "parquet", str(tmp_path / "out"), list(rows))
    stage.ended()
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_the_table_is_read_again_after_jobs_but_not_after_each(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.read()
    seen = stage.view.changes
    stage.presenter.tick()
    assert stage.view.changes == seen, "nothing has changed"
    stage.presenter.verify([KEY])
    stage.desk.until(lambda: not stage.bridge.jobs.busy and "wrong" in stage.told[-1])
    stage.presenter.tick()
    stage.desk.until(lambda: stage.view.changes > seen)


def test_what_a_pipeline_downloaded_appears_without_being_asked_for(stage):
    """Only downloads and the like made the table old; what a pipeline brought was missing until F5."""
    stage.read()
    stage.bridge.pipeline(["download"], [BTC])
    stage.desk.until(lambda: stage.presenter._dirty)
    stage.desk.until(lambda: not stage.bridge.jobs.busy)
    stage.presenter.tick()
    stage.desk.until(lambda: KEY in [row.key for row in stage.view.rows])


def test_the_folder_of_a_dataset_is_found(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.read()
    found = []
    stage.presenter.find_folder(KEY, found.append)
    stage.desk.until(lambda: bool(found))
    assert any(found[0].rglob("*.parquet"))


def test_a_bank_that_cannot_be_read_says_why(stage):
    root = stage.bridge.settings.paths.data_root
    (root / ".threadx").mkdir(parents=True)
    (root / ".threadx" / "FORMAT").write_text('{"format": 99, "link": true}')
    stage.presenter.refresh()
    stage.desk.until(lambda: stage.view.empty is not None and stage.view.empty.problem)


def test_french_says_the_same(stage):
    write(stage.bridge.settings, BTC, days=1)
    i18n.activate("fr")
    row = stage.read()[KEY]
    assert row["rows"] == "1\u202f440"
    assert row["checksum"] == "non vérifié"


def test_a_new_view_gets_what_is_known_at_once(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.read()
    other = View()
    stage.presenter.attach(other)
    stage.presenter.detach(stage.view)
    assert [row.key for row in other.rows] == [row.key for row in stage.view.rows]
    assert Store(stage.bridge.settings.paths.data_root).series()
    assert START_MS % DAY_MS == 0
