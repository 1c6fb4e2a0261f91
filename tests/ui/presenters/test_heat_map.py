"""The completeness of months: what the map says, and what repairing fetches."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.ui.bank import BTC, ETH, Desk, exchange, on_exchange, write
from threadx.bridge import ThreadXBridge
from threadx.bridge.inventory import HeatMap
from threadx.store import Store
from threadx.ui.presenters.heat_map import NOTHING, Cell, HeatGrid, HeatPresenter, cell_caption, cell_text

MAY, JUNE = "2024-05", "2024-06"


class View:
    def __init__(self) -> None:
        self.grid = None
        self.details = None
        self.problem = ""

    def show_grid(self, grid):
        self.grid = grid

    def show_details(self, details):
        self.details = details

    def show_problem(self, text):
        self.problem = text


class Stage:
    def __init__(self, bridge: ThreadXBridge) -> None:
        self.desk, self.view = Desk(bridge), View()
        self.bridge = bridge
        self.jobs: list[int] = []
        self.opened: list[tuple[str, int, int]] = []
        self.told: list[str] = []
        self.presenter = HeatPresenter(
            bridge,
            self.desk,
            follow=self.jobs.extend,
            open_symbol=lambda *given: self.opened.append(given),
            notify=self.told.append,
        )

    def show(self) -> HeatGrid:
        self.presenter.attach(self.view)
        self.desk.until(lambda: self.view.grid is not None)
        return self.view.grid

    def choose(self, cell: Cell) -> None:
        self.view.details = None
        self.presenter.choose(cell)
        self.desk.until(lambda: self.view.details is not None)


@pytest.fixture
def stage(settings):
    with exchange() as running, ThreadXBridge(on_exchange(settings, running)) as bridge:
        yield Stage(bridge)


def test_a_cell_is_complete_only_when_no_minute_is_missing():
    heat = HeatMap((("demo", BTC),), ("2024-01", "2024-02", "2024-03"), np.array([[44_639, 41_760, 0]]),
                   np.array([[44_640, 41_760, 0]]))  # fmt: skip
    grid = HeatGrid.of(heat)
    assert grid.percent == ((99, 100, NOTHING),)
    assert grid.missing == ((1, 0, 0),)
    assert [cell_text(value) for value in grid.percent[0]] == ["99", "\u2713", ""]
    assert cell_caption(grid, 0, 0).endswith("1 minutes missing")
    assert "complete" in cell_caption(grid, 0, 1)


def test_the_map_has_a_line_per_symbol_and_follows_the_filter(stage):
    write(stage.bridge.settings, BTC, days=3, hole_minutes=30)
    write(stage.bridge.settings, ETH, days=1)
    grid = stage.show()
    assert [key[1] for key in grid.series] == [BTC, ETH]
    assert grid.months[:2] == (MAY, JUNE)
    stage.presenter.filter("eth")
    assert [key[1] for key in stage.view.grid.series] == [ETH]
    assert len(stage.view.grid.percent) == 1


def test_a_cell_tells_its_gaps_with_causes_and_repair_fetches_them(stage):
    settings = stage.bridge.settings
    write(settings, BTC, days=3, hole_minutes=30)
    stage.show()
    stage.choose(Cell("demo", BTC, MAY))
    details = stage.view.details
    assert details.rows[-1].cells == ("2024-05-31 00:00", "2024-05-31 00:30", "30", "not fetched")
    assert details.repairable
    stage.presenter.repair()
    assert stage.jobs
    stage.desk.until(lambda: not stage.bridge.jobs.busy)
    stored = Store(settings.paths.data_root, settings=settings).coverage("demo", BTC).stored
    assert stored[0].start_ms <= 1_714_521_600_000, "the whole month is there"
    stage.choose(Cell("demo", BTC, MAY))
    assert not stage.view.details.rows
    assert not stage.view.details.repairable


def test_bars_of_elsewhere_cannot_be_fetched_nor_charted(stage):
    write(stage.bridge.settings, BTC, days=3, hole_minutes=30, provider="import")
    stage.show()
    stage.choose(Cell("import", BTC, MAY))
    assert not stage.view.details.repairable
    stage.presenter.repair()
    stage.presenter.open_in_charts()
    assert stage.jobs == []
    assert stage.opened == []


def test_the_chosen_symbol_opens_in_charts(stage):
    write(stage.bridge.settings, BTC, days=1)
    stage.show()
    stage.choose(Cell("demo", BTC, MAY))
    stage.presenter.open_in_charts()
    may, june = (int(datetime(2024, month, 1, tzinfo=UTC).timestamp()) * 1000 for month in (5, 6))
    assert stage.opened == [(BTC, may, june)]
