"""The wizard that imports legacy data, on a real bank, without a screen."""

from __future__ import annotations

import pytest

from tests.data.legacy.shapes import dicts
from tests.data.memory_source import T0, minutes
from tests.ui.bank import Desk, exchange, on_exchange
from threadx.bridge import ThreadXBridge
from threadx.store import Store
from threadx.ui.presenters.legacy_import import LegacyImport, Phase
from threadx.ui.presenters.legacy_rows import PREVIEW_COLUMNS, RESULT_COLUMNS


class View:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.rows = {}
        self.result = False
        self.word, self.bad = "", False
        self.phases = []
        self.ready = False
        self.shares = []

    def show_rows(self, rows, *, result):
        keys = [column.key for column in (RESULT_COLUMNS if result else PREVIEW_COLUMNS)]
        self.rows = {row.cells[0]: dict(zip(keys, row.cells, strict=True)) for row in rows}
        self.keys, self.result = [row.key for row in rows], result

    def show_word(self, text, *, bad=False):
        self.word, self.bad = text, bad

    def show_phase(self, phase, *, ready):
        self.phases.append(phase)
        self.ready = ready

    def show_progress(self, share):
        self.shares.append(share)


class Stage:
    """A wizard with all around it."""

    def __init__(self, bridge: ThreadXBridge) -> None:
        self.bridge = bridge
        self.desk = Desk(bridge)
        self.view = View()
        self.wizard = LegacyImport(bridge, self.desk)
        self.desk.on_jobs.append(self.wizard.on_jobs)

    def until(self, phase: Phase) -> View:
        self.desk.until(lambda: self.wizard.phase is phase)
        return self.view

    def lay(self, name: str, content: bytes, folder=None) -> str:
        place = self.bridge.settings.paths.legacy if folder is None else folder
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
        return str(place / name)


@pytest.fixture
def stage(settings):
    with exchange() as running, ThreadXBridge(on_exchange(settings, running)) as bridge:
        yield Stage(bridge)


def test_without_legacy_files_it_says_so_and_waits_for_others(stage, tmp_path):
    stage.wizard.attach(stage.view)
    view = stage.until(Phase.CHOOSE)
    assert (view.bad, view.ready) == (True, False)
    assert "no JSON, CSV, Parquet or Feather file" in view.word
    stage.wizard.start()
    assert stage.wizard.job_id is None
    path = stage.lay("BTCUSDC_1m.json", dicts(minutes(T0, 5)), tmp_path / "elsewhere")
    stage.wizard.choose([path])
    assert stage.until(Phase.PREVIEW).rows["BTCUSDC_1m.json"]["rows"] == "5"
    assert stage.wizard.where == path


def test_files_are_shown_with_all_that_is_known_of_them_and_why(stage):
    stage.lay("BTCUSDC_1m.json", dicts(minutes(T0, 90)))
    stage.lay("broken_1m.json", b"{")
    stage.wizard.attach(stage.view)
    view = stage.until(Phase.PREVIEW)
    cells = view.rows["BTCUSDC_1m.json"]
    assert (cells["symbol"], cells["timeframe"], cells["rows"], cells["double"], cells["gaps"], cells["unit"]) == (
        "BTCUSDC", "1m", "90", "0", "0", "ms"
    )  # fmt: skip
    assert view.rows["broken_1m.json"]["problems"]
    assert view.word == "2 files \u00b7 1 to be taken \u00b7 90 bars"
    detail = stage.wizard.detail(next(key for key in view.keys if "BTC" in key))
    assert "JSON" in detail
    assert "13 digits are milliseconds" in detail


def test_the_import_is_one_job_and_says_what_became_of_each_file(stage):
    stage.lay("BTCUSDC_1m.json", dicts(minutes(T0, 90)))
    stage.lay("broken_1m.json", b"{")
    stage.wizard.attach(stage.view)
    stage.until(Phase.PREVIEW)
    stage.wizard.start()
    assert stage.wizard.phase is Phase.IMPORTING
    assert len(stage.bridge.jobs.snapshot()) == 1
    view = stage.until(Phase.RESULT)
    assert view.result
    assert (view.rows["BTCUSDC_1m.json"]["state"], view.rows["BTCUSDC_1m.json"]["added"]) == ("\u2713 imported", "90")
    assert view.rows["broken_1m.json"]["state"] == "\u2717 failed"
    assert view.rows["broken_1m.json"]["remarks"]
    assert (view.word, view.bad) == ("2 files \u00b7 imported: 1 \u00b7 failed: 1 \u00b7 90 new bars", True)
    assert ("binance", "BTCUSDC") in Store(stage.bridge.settings.paths.data_root).series()
    stage.wizard.look()
    assert stage.until(Phase.PREVIEW).rows["BTCUSDC_1m.json"]["problems"] == "skipped, there already"
    assert not stage.view.ready


def test_another_provider_gets_its_own_bars(stage):
    stage.lay("BTCUSDC_1m.json", dicts(minutes(T0, 5)))
    stage.wizard.attach(stage.view)
    stage.until(Phase.PREVIEW)
    stage.wizard.set_provider("import")
    assert stage.until(Phase.CHOOSE).bad  # that name is for other bars
    stage.wizard.set_provider(" kraken ")
    stage.until(Phase.PREVIEW)
    stage.wizard.start()
    stage.until(Phase.RESULT)
    assert Store(stage.bridge.settings.paths.data_root).series() == [("kraken", "BTCUSDC")]


def test_a_cancelled_import_goes_back_to_the_preview(stage):
    stage.lay("BTCUSDC_1m.json", dicts(minutes(T0, 5)))
    stage.wizard.attach(stage.view)
    stage.until(Phase.PREVIEW)
    stage.wizard.start()
    stage.wizard.cancel()
    stage.desk.until(lambda: stage.wizard.job_id is None)
    assert stage.wizard.phase in (Phase.PREVIEW, Phase.RESULT)  # it may have been quicker
