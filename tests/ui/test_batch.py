"""Ranking, import and pipeline in the whole window, with real clicks on the embedded exchange."""

from __future__ import annotations

import dataclasses

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.data.legacy.shapes import dicts
from tests.data.memory_source import T0, minutes
from tests.held import Held
from tests.ui.person import BARS, BTC, ETH, FIRST_DAY, LAST_DAY, Person, make_market, on_market
from threadx.bridge import ThreadXBridge
from threadx.data.snapshots import SnapshotStore
from threadx.ui.diversity_dialog import DiversityDialog
from threadx.ui.import_dialog import ImportDialog
from threadx.ui.pipeline_dialog import PipelineDialog
from threadx.ui.presenters.legacy_import import Phase
from threadx.ui.presenters.symbol_book import Mode
from threadx.ui.ranking_dialog import RankingDialog
from threadx.ui.tabs import TABS


@pytest.fixture
def market():
    with make_market() as made:
        yield made


@pytest.fixture
def person(make_app, english_settings, market, wait_until):
    settings = on_market(english_settings, market)
    settings = dataclasses.replace(settings, groups={"Two": ("BTC", "ETH"), "L1": ("BTC",)})
    app = make_app(TABS, bridge=ThreadXBridge(settings), settings=settings)
    app.root.geometry("1200x800")
    made = Person(app, wait_until)
    wait_until(lambda: made.data_manager.presenter.symbols.book.online)
    yield made
    made.until_ended()


def test_the_largest_come_with_their_reasons_and_are_chosen(person, wait_until):
    card, book = person.data_manager.symbols, person.data_manager.presenter.symbols.book
    person.click(card.mode.buttons[str(Mode.TOP)])
    wait_until(lambda: book.ranked)
    assert card.notice.cget("text")  # fewer than a hundred pairs
    person.click(card.ranking)
    dialog = person.dialog()
    assert isinstance(dialog, RankingDialog)
    wait_until(lambda: len(dialog.ranking.shown) > 0)
    assert "CoinGecko" in dialog.source.cget("text")
    dialog.geometry(f"{dialog.rank.master.winfo_reqwidth()}x{dialog.winfo_reqheight()}")
    wait_until(lambda: dialog.winfo_width() < dialog.winfo_reqwidth())
    person.app.root.update()
    assert dialog.rank.winfo_width() >= dialog.rank.winfo_reqwidth()
    opened: list[str] = []
    dialog.open_page = opened.append
    person.click(dialog.source)
    assert opened == ["https://www.coingecko.com"]
    person.write(dialog.limit, "3")
    person.press("Return")
    wait_until(lambda: len(dialog.ranking.shown) == 3)
    assert dialog.ranking.shown[0] == BTC
    person.click(dialog.views.buttons["left_out"])
    assert dialog.left_out.winfo_viewable()
    person.answer(dialog, "Use these symbols")
    assert (book.mode, book.chosen[:1], len(book.chosen)) == (Mode.TOP, (BTC,), 3)
    assert person.app.selection.choice.symbols == book.chosen
    person.click(card.mode.buttons[str(Mode.GROUP)])
    assert book.chosen == (BTC, ETH)


def test_a_group_is_compared_and_what_it_lacks_is_chosen(person, wait_until):
    bridge = person.app.bridge
    (job_id,) = bridge.download([BTC], FIRST_DAY, LAST_DAY)
    wait_until(lambda: bridge.jobs.event(job_id).final)
    person.click(person.data_manager.symbols.mode.buttons[str(Mode.GROUP)])
    person.data_manager.presenter.symbols.set_group("Two")
    person.click(person.data_manager.symbols.diversity)
    dialog = person.dialog()
    assert isinstance(dialog, DiversityDialog)
    person.click(dialog.period.way.buttons["all"])
    wait_until(lambda: dialog.word.cget("text").startswith("1 of 2 members stored"))
    assert dialog.members.shown == (BTC, ETH)
    person.click(dialog.views.buttons["correlation"])
    assert dialog.correlation.winfo_viewable()
    assert dialog.correlation.shown == (BTC,)
    person.click(dialog.period.way.buttons["dates"])
    person.write(dialog.period.start.entry, "2024-02-30")
    assert dialog.word.cget("text") == "Correct the dates first"
    person.answer(dialog, "Choose the missing")
    assert person.data_manager.presenter.symbols.book.chosen == (ETH,)


def test_legacy_files_are_picked_looked_at_and_imported(person, wait_until, tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "BTCUSDC_1m.json").write_bytes(dicts(minutes(T0, 90)))
    (folder / "broken_1m.json").write_bytes(b"{")
    person.app.commands["import"]()
    dialog = person.dialog()
    assert isinstance(dialog, ImportDialog)
    wait_until(lambda: dialog._presenter.phase is Phase.CHOOSE)
    assert dialog.buttons[0].instate(["disabled"])
    dialog.ask_folder = lambda **_options: ""
    person.click(dialog.pick[1])
    assert dialog._presenter.paths == ()
    dialog.ask_folder = lambda **_options: str(folder)
    person.click(dialog.pick[1])
    wait_until(lambda: len(dialog.preview.shown) == 2)
    assert "cut off" in dialog.text.get("1.0", "end")  # what is wrong is chosen first
    person.click_row(dialog.preview, str(folder / "BTCUSDC_1m.json"))
    assert "milliseconds" in dialog.text.get("1.0", "end")
    person.answer(dialog, "Import")
    wait_until(lambda: dialog._presenter.phase is Phase.RESULT)
    assert dialog.result.winfo_viewable()
    assert dialog.word.cget("text") == "2 files \u00b7 imported: 1 \u00b7 failed: 1 \u00b7 90 new bars"
    person.answer(dialog, "Close")
    assert ("binance", BTC) in person.store.series()
    dialog.ask_files = None  # the window is gone, and nothing waits for it


def test_a_pipeline_is_ticked_run_as_one_job_and_told(person, wait_until):
    person.press("Control-Shift-P")
    dialog = person.dialog()
    assert isinstance(dialog, PipelineDialog)
    person.click(dialog.steps["select"])
    person.click(dialog.whose.buttons["group"])
    dialog.groups.set("Two")
    dialog.groups.event_generate("<<ComboboxSelected>>")
    for step in ("convert", "indicators"):
        person.click(dialog.steps[step])
    assert "Group Two" in dialog.word.cget("text")
    person.click(dialog.period.way.buttons["dates"])
    person.write(dialog.period.start.entry, "2024-06-31")
    assert dialog.word.cget("text") == "Correct the dates first"
    assert dialog.buttons[0].instate(["disabled"])
    person.write(dialog.period.start.entry, FIRST_DAY)
    person.write(dialog.period.end.entry, LAST_DAY)
    assert f"{FIRST_DAY} to {LAST_DAY} UTC" in dialog.word.cget("text")
    person.click(dialog.timeframes["1h"])
    person.click(dialog.timeframes["4h"])
    person.answer(dialog, "Start")
    wait_until(lambda: person.data_manager.presenter.desk.busy)
    person.until_ended()
    result = person.dialog()
    assert str(result.title()) == "Pipeline"
    person.answer(result, "Close")
    (event,) = person.app.bridge.jobs.snapshot()
    assert [str(each.state) for each in event.result.steps] == ["done", "done"]
    assert {symbol for _provider, symbol in person.store.series()} == {BTC, ETH}
    assert set(person.store.manifest("demo", BTC).timeframes) == {"1m", "4h"}
    assert len(person.store.read("demo", BTC, "1m")) == BARS


def test_a_dry_run_of_a_pipeline_writes_nothing(person, wait_until):
    root = person.app.settings.paths.data_root
    before = sorted(root.rglob("*.parquet"))
    person.app.commands["pipeline"]()
    dialog = person.dialog()
    person.write(dialog.top, "2")
    assert "the 2 largest" in dialog.word.cget("text")
    person.click(dialog.period.way.buttons["all"])
    person.answer(dialog, "Dry run")
    wait_until(lambda: person.data_manager.presenter.desk.busy or bool(person._dialogs()))
    person.until_ended()
    result = person.dialog()
    assert "Nothing was written." in result.message.cget("text")
    person.answer(result, "Close")
    assert sorted(root.rglob("*.parquet")) == before
    assert SnapshotStore(person.app.settings).list() == []


def test_converting_is_one_click_in_the_menu(person, wait_until):
    folder = person.app.settings.paths.legacy
    folder.mkdir(parents=True)
    (folder / "ETHUSDC_1m.json").write_bytes(dicts(minutes(T0, 30)))
    person.app.commands["convert"]()
    wait_until(lambda: ("binance", ETH) in person.store.series())
    person.until_ended()
    result = person.dialog()
    assert "imported: 1 \u00b7 30 new bars" in result.message.cget("text")
    person.answer(result, "Close")


def test_a_dialog_that_is_closed_while_it_asks_wants_no_answer(person, wait_until):
    person.app.commands["import"]()
    person.dialog().event_generate("<Escape>")
    person.click(person.data_manager.symbols.mode.buttons[str(Mode.TOP)])
    person.click(person.data_manager.symbols.ranking)
    person.dialog().event_generate("<Escape>")
    asked: list[bool] = []
    person.app.pump.ask(lambda progress: bool(person.app.bridge.symbols(progress)), asked.append)
    wait_until(lambda: asked == [True])
    assert person._dialogs() == []


def test_another_pipeline_can_be_started_as_soon_as_one_has_ended(person, market, wait_until):
    held = Held(market, "2024-01-01")
    person.app.bridge.pipeline(["download"], [BTC], timeframes=["1h"])
    person.press("Control-Shift-P")
    dialog = person.dialog()
    assert dialog.buttons[0].instate(["disabled"])
    held.let_go()
    wait_until(lambda: dialog.buttons[0].instate(["!disabled"]))
    person.answer(dialog, "Cancel")
