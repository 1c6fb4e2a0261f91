"""The Data Manager's decisions, without a screen and without an exchange."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from threadx.bars.intervals import Interval
from threadx.bars.timeframe import TIMEFRAMES as KNOWN_TIMEFRAMES
from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.bridge.market import Estimate, SymbolRow
from threadx.config_rules import TIMEFRAME_NAMES
from threadx.data.plan import Note, Pace, SymbolPlan, totals
from threadx.data.ranking import Basis, Ranking, Token
from threadx.errors import SourceUnavailableError
from threadx.progress import Progress
from threadx.ui.presenters.data_manager import DataManagerPresenter
from threadx.ui.presenters.preview import TIMEFRAMES as PREVIEW_TIMEFRAMES
from threadx.ui.presenters.symbol_book import Mode
from threadx.ui.selection import Choice, Selection
from threadx.ui.state import WindowState

NOW = 1_795_174_980_000  # 2026-11-20 11:43 UTC


class Questions:
    """Holds questions until the test has them answered; like the pump, it forgets what it is told to."""

    def __init__(self) -> None:
        self.open: dict[int, tuple[Callable, Callable, Callable | None]] = {}
        self.asked = 0

    def ask(self, function, then, failed=None) -> int:
        self.asked += 1
        self.open[self.asked] = (function, then, failed)
        return self.asked

    def forget(self, request: int) -> None:
        self.open.pop(request, None)

    def answer(self) -> None:
        """Answer everything, also what the answers ask."""
        while self.open:
            function, then, failed = self.open.pop(min(self.open))
            try:
                value = function(Progress())
            except SourceUnavailableError as failure:
                if failed is not None:
                    failed(failure)
            else:
                then(value)


class StillJobs:
    def __init__(self) -> None:
        self.workers = 0
        self.cancelled = self.cleared = 0
        self.retried: list[int] = []

    def order(self) -> tuple[int, ...]:
        return ()

    def snapshot(self) -> list[JobEvent]:
        return []

    def set_workers(self, workers: int) -> None:
        self.workers = workers

    def cancel_all(self) -> None:
        self.cancelled += 1

    def retry(self, job_id: int) -> int:
        self.retried.append(job_id)
        return 99

    def clear_ended(self) -> None:
        self.cleared += 1


class StillBridge:
    """Notes what it is asked to do."""

    provider = "demo"

    def __init__(self, settings) -> None:
        self.settings = settings
        self.jobs = StillJobs()
        self.rows = [SymbolRow(name, name[:-4], "USDC", True, 0.01, None) for name in ("BTCUSDC", "ETHUSDC", "SOLUSDC")]
        self.stored: list[SymbolRow] = []
        self.offline = False
        self.replaced = 0
        self.done: list[tuple[Any, ...]] = []
        self.left: list[JobSpec] = []

    def drop(self, request_id: int) -> None:
        self.done.append(("drop", request_id))

    def symbols(self, _progress) -> list[SymbolRow]:
        if self.offline:
            raise SourceUnavailableError("{host}: no answer", hint="check the network", host="here")
        return self.rows

    def stored_symbols(self, _progress) -> list[SymbolRow]:
        return self.stored

    def top_tokens(self, count, *, progress) -> Ranking:
        assert progress is not None
        tokens = tuple(
            Token(rank, symbol, symbol[:-4], "USDC", "", symbol, None, None, 1.0, rank, 1.0, rank)
            for rank, symbol in enumerate(("SOLUSDC", "BTCUSDC")[:count], start=1)
        )
        note = Note("{quote}: only {found} pairs", {"quote": "USDC", "found": "2"})
        return Ranking(tokens, Basis.VOLUME, "USDC", count, NOW, notes=(note,))

    def unfinished(self) -> list[JobSpec]:
        return self.left

    def estimate(self, symbols, start, end, *, refetch, progress) -> Estimate:
        again = (Interval(start, end),) if refetch and self.replaced else ()
        plans = [
            SymbolPlan(name, None, again=again, stored_again=self.replaced, requests=2, rows=1500) for name in symbols
        ]
        return Estimate(totals(plans, Pace()), tuple(plans))

    def span(self, *_given) -> None:
        return None

    def download(self, symbols, start, end, timeframes, *, only, workers, refetch) -> list[int]:
        assert only
        self.done.append(("download", tuple(symbols), start, end, timeframes, workers, refetch))
        return list(range(len(symbols)))

    def dry_run(self, symbols, _start, _end, _timeframes, *, refetch) -> int:
        self.done.append(("dry_run", tuple(symbols), refetch))
        return 1

    def update_all(self) -> int:
        self.done.append(("update_all",))
        return 1

    def verify(self, pairs) -> int:
        self.done.append(("verify", pairs))
        return 1

    def resume(self, specs) -> list[int]:
        self.done.append(("resume", tuple(specs)))
        return [1]

    def forget(self) -> None:
        self.done.append(("forget",))

    def verbs(self, name: str) -> list[tuple[Any, ...]]:
        return [each for each in self.done if each[0] == name]


class View:
    """Keeps the last thing each call showed."""

    def __init__(self) -> None:
        self.last: dict[str, tuple[Any, ...]] = {}
        self.asked: list[tuple[Any, ...]] = []

    def confirm(self, *question) -> None:
        self.asked.append(question)

    def __getattr__(self, name: str):
        def show(*given, **named) -> None:
            self.last[name] = (*given, *named.values())

        return show


@pytest.fixture
def questions() -> Questions:
    return Questions()


@pytest.fixture
def bridge(settings) -> StillBridge:
    return StillBridge(settings)


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def make(bridge, questions, view, told, tmp_path):
    def make(choice: Choice | None = None) -> DataManagerPresenter:
        made = DataManagerPresenter(
            bridge, questions, Selection(choice), WindowState.load(tmp_path), notify=told.append, now_ms=lambda: NOW
        )
        for part in (made.symbols, made.desk, made.preview, made):
            part.attach(view)
        questions.answer()
        return made

    return make


def test_the_list_of_timeframes_is_the_engines():
    assert tuple(each.name for each in KNOWN_TIMEFRAMES) == TIMEFRAME_NAMES
    assert set(PREVIEW_TIMEFRAMES) <= set(TIMEFRAME_NAMES)


def test_nothing_can_be_downloaded_before_a_symbol_is_chosen(make, view, bridge, told):
    presenter = make()
    assert not presenter.actions.download
    presenter.download()
    assert bridge.verbs("download") == []
    assert told == ["Select at least one symbol"]
    assert view.last["show_estimate"][0] == "Select at least one symbol"


def test_the_estimate_counts_jobs_requests_weight_bars_size_and_time(make, view, questions):
    presenter = make()
    presenter.symbols.choose(["BTCUSDC", "ETHUSDC"])
    questions.answer()
    said = view.last["show_estimate"][0]
    assert said == "2 jobs · ≈ 3,000 bars · 4 requests (weight 8) · 0.2 MB · ≈ < 1 s"


def test_the_answer_to_an_older_question_is_dropped(make, view, questions, bridge):
    presenter = make()
    presenter.symbols.choose(["BTCUSDC"])
    older = max(questions.open)
    function, then, _failed = questions.open[older]
    presenter.symbols.choose(["BTCUSDC", "ETHUSDC"])
    assert ("drop", older) in bridge.done
    then(function(Progress()))
    assert view.last["show_estimate"][0] == "Estimating…"
    questions.answer()
    assert view.last["show_estimate"][0].startswith("2 jobs")


def test_a_wrong_date_disables_and_a_right_one_enables(make, view, bridge, told):
    presenter = make()
    presenter.symbols.choose(["BTCUSDC"])
    presenter.set_period("2026-02-30", presenter.end)
    assert view.last["show_period_errors"] == ("there is no such date", "")
    assert not view.last["show_actions"][0].download
    presenter.dry_run()
    assert bridge.verbs("dry_run") == []
    assert told[-1] == "Correct the dates first"
    presenter.set_period("2026-02-28", presenter.end)
    assert view.last["show_actions"][0].download


def test_a_download_gets_what_the_form_says(make, bridge, questions):
    presenter = make()
    presenter.symbols.choose(["ETHUSDC", "BTCUSDC"])
    presenter.set_period("2026-11-01", "2026-11-02 12:00")
    presenter.set_timeframe("1w", wanted=True)
    presenter.set_workers(7)
    questions.answer()
    presenter.download()
    start = 1_793_491_200_000
    assert bridge.verbs("download") == [
        (
            "download",
            ("ETHUSDC", "BTCUSDC"),
            start,
            start + 129_600_000,
            ("5m", "15m", "1h", "4h", "1d", "1w"),
            7,
            False,
        )
    ]
    assert bridge.jobs.workers == 7


def test_fetching_again_asks_first_when_bars_would_be_replaced(make, bridge, questions, view):
    presenter = make()
    bridge.replaced = 1440
    presenter.symbols.choose(["BTCUSDC"])
    presenter.set_refetch(wanted=True)
    presenter.download()
    assert view.asked == [], "first it must be known what would be replaced"
    questions.answer()
    title, message, _yes, on_yes = view.asked[0]
    assert title == "Replace 1,440 stored bars?"
    assert "BTCUSDC: 1,440 bars" in message
    assert bridge.verbs("download") == []
    on_yes()
    assert bridge.verbs("download")[0][-1] is True


def test_without_the_exchange_the_stored_symbols_are_offered_and_the_reason_said(make, bridge, view):
    bridge.offline = True
    bridge.stored = [SymbolRow("BTCUSDC", "BTC", "USDC", False, None, NOW)]
    presenter = make()
    assert presenter.symbols.book.members() == ("BTCUSDC",)
    assert view.last["show_symbols_notice"] == ("here: no answer → check the network",)
    assert view.last["show_empty"] == (False,)


def test_top_100_is_asked_when_it_is_wanted(make, questions):
    presenter = make()
    presenter.symbols.set_mode(Mode.TOP)
    questions.answer()
    assert presenter.symbols.book.chosen == ("SOLUSDC", "BTCUSDC")


def test_the_selection_is_shared_both_ways(make, questions):
    presenter = make(Choice(symbols=("ETHUSDC",)))
    assert presenter.symbols.book.chosen == ("ETHUSDC",)
    presenter._selection.update(symbols=("SOLUSDC", "BTCUSDC"))
    assert presenter.symbols.book.chosen == ("SOLUSDC", "BTCUSDC")
    presenter.symbols.choose(["BTCUSDC"])
    assert presenter._selection.choice.symbols == ("BTCUSDC",)


def test_bars_that_came_are_shown_with_their_age(make, bridge, questions, view):
    presenter = make()
    bridge.stored = [SymbolRow("BTCUSDC", "BTC", "USDC", True, 0.01, NOW - 120_000)]
    spec = JobSpec(JobKind.DOWNLOAD, "BTCUSDC")
    presenter.on_jobs([JobEvent(1, spec, JobState.DONE)])
    questions.answer()
    (line,) = view.last["update_symbols"][0]
    assert (line.symbol, line.age_ms) == ("BTCUSDC", 60_000)
    assert presenter._selection.choice.last_download == ("BTCUSDC",)
    assert view.last["show_actions"][0].bank


def test_a_run_that_ended_is_summed_up(make, told):
    presenter = make()
    presenter.on_jobs([JobEvent(1, JobSpec(JobKind.DOWNLOAD, "BTCUSDC"), JobState.FAILED)])
    assert told[-1] == "0 jobs done · 1 failed"
    assert presenter.actions.retry
    presenter.desk.retry_failed()
    assert presenter._bridge.jobs.retried == [1]


def test_the_first_failure_of_a_run_says_its_reason_and_next_step_without_a_click(make, view):
    presenter = make()
    jobs = [JobEvent(number, JobSpec(JobKind.DOWNLOAD, name), JobState.RUNNING) for number, name in enumerate("AB", 1)]
    presenter.on_jobs(jobs)
    assert view.last["show_detail"] == ("", False)
    failed = [
        dataclasses.replace(job, state=JobState.FAILED, failure=SourceUnavailableError("no way", hint="try"))
        for job in jobs
    ]
    presenter.on_jobs(failed[:1])
    assert view.last["show_detail"] == ("", False)  # others still run: nothing jumps in between
    presenter.on_jobs(failed[1:])
    assert "no way" in view.last["show_detail"][0]
    assert "try" in view.last["show_detail"][0]
    presenter.on_jobs([JobEvent(3, JobSpec(JobKind.DOWNLOAD, "C"), JobState.RUNNING)])
    assert view.last["show_detail"] == ("", False)


def test_where_nothing_is_stale_that_is_said_and_the_choice_stays(make, told):
    presenter = make()
    presenter.symbols.choose(["ETHUSDC"])
    presenter.symbols.choose_stale()
    assert presenter.symbols.book.chosen == ("ETHUSDC",)
    assert told[-1] == "Nothing that is stored is older than a day"


def test_verify_means_the_chosen_stored_symbols_or_everything(make, bridge, questions):
    bridge.stored = [SymbolRow("BTCUSDC", "BTC", "USDC", True, 0.01, NOW)]
    presenter = make()
    presenter.symbols.choose(["ETHUSDC"])
    presenter.verify()
    presenter.symbols.choose(["ETHUSDC", "BTCUSDC"])
    presenter.verify()
    assert bridge.verbs("verify") == [("verify", None), ("verify", [("demo", "BTCUSDC")])]


def test_what_the_last_run_left_is_offered_once(make, bridge, view):
    bridge.left = [JobSpec(JobKind.DOWNLOAD, "BTCUSDC"), JobSpec(JobKind.VERIFY)]
    presenter = make()
    assert view.last["show_offer"] == ("2 jobs of the last time were not finished (BTCUSDC, Verify)",)
    presenter.desk.resume()
    assert bridge.verbs("resume")
    assert view.last["show_offer"] == ("",)


def test_what_is_set_is_remembered(make, tmp_path):
    presenter = make()
    presenter.set_preset("90d")
    presenter.set_timeframe("1w", wanted=True)
    presenter.set_timeframe("4h", wanted=False)
    presenter.symbols.set_group("DeFi")
    presenter.remember()
    presenter._state.save()
    again = make()
    assert (again.preset, again.start) == ("90d", "2026-08-22")
    assert again.timeframes == ("5m", "15m", "1h", "1d", "1w")
    assert (again.symbols.book.mode, again.symbols.book.group) == (Mode.GROUP, "DeFi")


def test_what_is_ticked_is_derived_and_nothing_else(make):
    presenter = make()
    presenter.set_timeframe("5m", wanted=False)
    presenter.set_timeframe("8h", wanted=True)
    assert presenter.timeframes == ("15m", "1h", "4h", "8h", "1d")
    presenter.set_timeframe("5m", wanted=True)
    assert presenter.timeframes == ("5m", "15m", "1h", "4h", "8h", "1d")


def test_an_unfinished_pipeline_is_offered_by_its_name(make, bridge, questions, view):
    bridge.left = [JobSpec(JobKind.PIPELINE, steps=("verify",))]
    make()
    questions.answer()
    assert view.last["show_offer"] == ("1 job of the last time was not finished (Pipeline)",)


def test_the_largest_come_with_notes_that_go_with_the_mode(make, questions, view):
    presenter = make()
    presenter.symbols.set_mode(Mode.TOP)
    questions.answer()
    assert presenter.symbols.book.chosen == ("SOLUSDC", "BTCUSDC")
    assert view.last["show_symbols_notice"] == ("USDC: only 2 pairs",)
    presenter.symbols.set_mode(Mode.SEVERAL)
    assert view.last["show_symbols_notice"] == ("",)


def test_a_ranking_is_used_as_the_largest_and_all_of_it_is_chosen(make, bridge, questions, told):
    presenter = make()
    questions.answer()
    presenter.symbols.use_ranking(bridge.top_tokens(1, progress=Progress()))
    book = presenter.symbols.book
    assert (book.mode, book.members(), book.chosen) == (Mode.TOP, ("SOLUSDC",), ("SOLUSDC",))
    assert told[-1] == "1 symbol chosen"
