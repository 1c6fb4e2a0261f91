"""The Snapshots tab's decisions on a real bank, without a screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.ui.bank import BTC, ETH, NOW, Desk, exchange, on_exchange, write
from threadx.bridge import ThreadXBridge
from threadx.data.snapshots import SnapshotStore
from threadx.store import Store
from threadx.ui.presenters.snapshot_jobs import first_free_stamp, stamp_of
from threadx.ui.presenters.snapshot_rows import stamp_text
from threadx.ui.presenters.snapshots import SnapshotsPresenter
from threadx.ui.selection import Selection


class View:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.domains = self.datasets = self.dates = self.files = ()
        self.summary = self.title = self.domain = self.file = ""
        self.content = self.empty = None
        self.contents = 0
        self.changes = []

    def show_fresh(self, domains, datasets, summary, domain):
        self.domains, self.datasets, self.summary, self.domain = domains, datasets, summary, domain

    def show_dates(self, title, rows, chosen):
        self.title, self.dates, self.chosen = title, {row.key: row for row in rows}, chosen

    def update_date(self, row):
        self.dates[row.key] = row

    def show_files(self, title, rows, chosen):
        self.files, self.file = [row.key for row in rows], chosen

    def show_content(self, shown):
        self.content, self.contents = shown, self.contents + 1

    def show_empty(self, empty):
        self.empty = empty

    def show_changes(self, title, lines):
        self.changes.append((title, lines))


class Stage:
    """A presenter with all around it."""

    def __init__(self, bridge: ThreadXBridge) -> None:
        self.bridge = bridge
        self.now = datetime.now(UTC)
        self.desk = Desk(bridge)
        self.told: list[str] = []
        self.tabs: list[str] = []
        self.selection = Selection()
        self.view = View()
        self.snapshots = SnapshotStore(bridge.settings)
        self.presenter = SnapshotsPresenter(
            bridge,
            self.desk,
            self.selection,
            notify=self.told.append,
            open_tab=self.tabs.append,
            now=lambda: self.now,
        )
        self.presenter.attach(self.view)
        self.desk.on_jobs.append(self.presenter.on_jobs)

    def publish(self, domain: str, *stamps: str) -> None:
        for number, stamp in enumerate(stamps):
            table = pd.DataFrame({"symbol": ["A", "B"], "rank": [1, 2 + number]})
            self.snapshots.publish(domain, {"t.parquet": table, "m.json": {"n": number}}, stamp=stamp)

    def read(self) -> View:
        """Read anew, and wait for the contents too."""
        before, read = self.view.contents, self.presenter.read
        self.presenter.refresh()
        self.desk.until(lambda: self.presenter.read is not read and self.view.contents > before)
        return self.view

    def looked(self, act) -> View:
        before = self.view.contents
        act()
        self.desk.until(lambda: self.view.contents > before)
        return self.view

    def ended(self) -> str:
        self.desk.until(lambda: not self.bridge.jobs.busy and not self.presenter._mine)
        return self.told[-1]

    def may(self, *keys: str) -> dict[str, bool]:
        return {each.name: each.enabled for each in self.presenter.actions(keys) if each is not None}


@pytest.fixture
def stage(settings):
    with exchange() as running, ThreadXBridge(on_exchange(settings, running)) as bridge:
        yield Stage(bridge)


def test_an_empty_bank_says_what_to_do(stage):
    view = stage.read()
    assert view.empty.title == "There are no snapshots yet"
    assert not view.empty.problem
    assert stage.presenter.pin_choices() == ()
    assert view.content.note == "Choose a date: what it holds is shown here."


def test_domains_and_datasets_tell_how_fresh_they_are_in_words(stage):
    days = [f"{stage.now - timedelta(days=back):%Y%m%d}" for back in (2, 1)]
    stage.publish("macro/forecast", *days)
    stage.publish("selection", "20240101", "20240102")
    write(stage.bridge.settings, BTC)
    view = stage.read()
    cells = {row.key: row.cells for row in view.domains}
    assert view.empty is None
    assert cells["macro/forecast"][1] == stamp_text(days[1])
    assert cells["macro/forecast"][2].startswith("\u2713 fresh \u00b7 ")
    assert cells["selection"][2].startswith("! stale \u00b7 ")
    assert next(row for row in view.domains if row.key == "selection").tags == ("warning",)
    assert {row.key for row in view.datasets} == {f"demo {BTC} 1m", f"demo {BTC} 1h"}
    assert view.summary == "2 datasets \u00b7 2 stale"


def test_a_date_shows_its_files_and_the_beginning_of_one(stage):
    stage.publish("selection", "20240101", "20240102")
    view = stage.read()
    assert (view.title, list(view.dates), view.chosen) == (
        "selection \u00b7 2 dates", ["20240102", "20240101"], ("20240102",)
    )  # fmt: skip
    assert (view.files, view.file) == (["m.json", "t.parquet"], "m.json")
    stage.desk.until(lambda: view.dates["20240102"].cells[2] == "2")
    stage.looked(lambda: stage.presenter.contents.choose("t.parquet"))
    assert view.content.preview.columns == ("symbol", "rank")
    assert (view.content.preview.rows[1], view.content.note) == (("B", "3"), "2 rows")
    stage.looked(lambda: stage.presenter.choose_dates(["20240101"]))
    assert view.content.preview.rows[1] == ("B", "2")  # the file stays chosen


def test_two_dates_or_one_and_the_one_before_are_compared_in_words(stage):
    stage.publish("selection", "20240101", "20240102", "20240103")
    view = stage.read()
    assert stage.may("20240101")["diff"] is False
    assert stage.may("20240101", "20240102", "20240103")["diff"] is False
    stage.presenter.compare(["20240102"])
    stage.desk.until(lambda: len(view.changes) == 1)
    assert view.changes[-1][0] == "selection: 2024-01-01 \u2192 2024-01-02"
    stage.presenter.compare(["20240103", "20240101"])
    stage.desk.until(lambda: len(view.changes) == 2)
    assert any("2 -> 4" in line for line in view.changes[-1][1])
    assert stage.told[-1].endswith(": 2 differences")


def test_archiving_is_looked_at_first_and_what_was_archived_comes_back(stage):
    stage.publish("selection", "20240101", "20240102")
    stage.read()
    plans = []
    stage.presenter.plan_archive(90, "selection", plans.append, pytest.fail)
    stage.desk.until(lambda: bool(plans))
    assert [each.stamps for each in plans[0]] == [("20240101", "20240102")]
    stage.presenter.archive(90, "selection")
    assert stage.ended() == "Snapshots: 2 snapshots archived"
    view = stage.read()
    assert view.dates["20240101"].cells[1].endswith("in an archive")
    assert view.content.packed
    assert view.content.note.startswith("It lies in an archive")
    assert stage.may("20240101") | {"copy": True} == stage.may("20240101")
    assert stage.may("20240101")["restore"]
    stage.presenter.restore(["20240101"])
    assert stage.ended() == "Snapshots: 1 snapshot is back"
    assert stage.read().dates["20240101"].cells[1].endswith("in its folder")


def test_the_bank_is_pinned_by_group_and_put_back(stage):
    settings = stage.bridge.settings
    write(settings, BTC)
    write(settings, ETH)
    stage.selection.update(symbols=(ETH, "NOTHERE"))
    stage.read()
    choices = {each.label: each.series for each in stage.presenter.pin_choices()}
    assert choices["All that is stored (2 symbols)"] == (("demo", BTC), ("demo", ETH))
    assert choices["The chosen symbols (1 symbol)"] == (("demo", ETH),)
    assert choices["Group L1 (2 symbols)"] == (("demo", BTC), ("demo", ETH))
    date = stage.presenter.next_stamp()
    assert stage.presenter.why_not_stamp(date) == ""
    stage.presenter.create(stage.presenter.pin_choices()[1], date)
    assert stage.ended() == f"Snapshots \u00b7 {ETH}: 1 series pinned"
    view = stage.read()
    assert (view.domain, [*view.dates]) == ("bank", [stamp_of(date)])
    assert "never change" in stage.presenter.why_not_stamp(date)
    assert stage.presenter.next_stamp() != date
    Store(settings.paths.data_root, settings=settings).delete("demo", ETH)
    keys = [stamp_of(date)]
    assert stage.may(*keys)["put_back"]
    assert date in stage.presenter.put_back_question(keys)
    stage.presenter.put_back(keys)
    assert stage.ended() == "Snapshots: 1 series put back"
    assert Store(settings.paths.data_root, settings=settings).manifest("demo", ETH) is not None


def test_what_is_damaged_is_told_and_hides_nothing(stage):
    stage.publish("selection", "20240101", "20240102")
    path = stage.snapshots.dated.folder("selection") / "dt=20240102" / "t.parquet"
    path.chmod(0o644)
    path.write_bytes(b"no")
    stage.read()
    view = stage.looked(lambda: stage.presenter.contents.choose("t.parquet"))
    assert view.content.problem
    assert view.content.note
    assert len(view.dates) == 2


def test_a_job_that_changed_something_makes_the_tab_old_and_others_speak_of_their_own(stage):
    stage.read()
    stage.presenter.tick()
    assert not stage.presenter._busy
    job_id = stage.bridge.snapshot("restore")  # somebody else's
    stage.desk.until(lambda: stage.presenter._dirty)
    assert job_id not in stage.presenter._mine
    assert stage.told == []


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2026-01-31", "20260131"), ("20260131", "20260131"), (" 2026-01-31 14:00 ", "2026013114"),
        ("2026013114", "2026013114"), ("2026-02-30", ""), ("", ""), ("tomorrow", ""), ("2026-01-31 25:00", ""),
    ],
)  # fmt: skip
def test_dates_are_typed_as_people_write_them(text, stamp):
    assert stamp_of(text) == stamp
    if stamp:
        assert stamp_of(stamp_text(stamp)) == stamp


def test_the_first_free_date_is_the_day_then_the_hour():
    assert first_free_stamp(NOW, ()) == "20240603"
    assert first_free_stamp(NOW, ["20240603"]) == "2024060312"
    assert first_free_stamp(NOW, ["20240603", "2024060312"]) == ""
