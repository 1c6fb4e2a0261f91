"""The harness only: what is measured is not a unit test."""

from __future__ import annotations

import json
import random

import pytest

from benchmarks import __main__ as command
from benchmarks.harness import OURS, Bench, Better, Row, Timing, compared
from benchmarks.market import bars, page
from benchmarks.report import document, lines, machine
from threadx.bars.checks import violations


class Ticks:
    """A clock that moves only when a candidate says so."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s

    def work(self, seconds):
        def run():
            self.now_s += seconds

        return run


def bench(tmp_path, clock=None):
    return Bench(full=False, folder=tmp_path, chance=random.Random(1), **({} if clock is None else {"clock": clock}))


def test_every_candidate_warms_up_once_and_runs_in_every_round(tmp_path):
    ticks, calls = Ticks(), []
    candidates = {name: (lambda name=name: calls.append(name)) for name in ("a", "b")}

    timings = bench(tmp_path, ticks).measure(candidates, 4)

    assert calls[:2] == ["a", "b"]
    assert sorted(calls) == ["a"] * 5 + ["b"] * 5
    assert all(sorted(calls[i : i + 2]) == ["a", "b"] for i in range(2, 10, 2))
    assert len(timings["a"].rounds) == 4


def test_the_order_changes_from_round_to_round(tmp_path):
    calls = []
    candidates = {name: (lambda name=name: calls.append(name)) for name in "abcdef"}

    bench(tmp_path).measure(candidates, 5)

    assert len({tuple(calls[i : i + 6]) for i in range(6, 36, 6)}) > 1


def test_a_ratio_says_how_many_times_faster_we_are(tmp_path):
    ticks = Ticks()

    timings = bench(tmp_path, ticks).measure({OURS: ticks.work(2.0), "peer": ticks.work(5.0)}, 3)
    row = compared("stage", timings, "peer", gate=2.0)

    assert (row.figure, row.minima, row.ours_ms, row.theirs_ms, row.passed) == (2.5, 2.5, 2000.0, 5000.0, True)


def test_a_gate_on_minima_looks_at_minima():
    timings = {OURS: Timing((1.0, 1.0, 1.0)), "peer": Timing((3.0, 9.0, 9.0))}

    assert compared("stage", timings, "peer", gate=4.0).passed is True
    assert compared("stage", timings, "peer", gate=4.0, on_minima=True).passed is False


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        (Row("a", 2.0, "x", gate=2.0), True),
        (Row("a", 1.9, "x", gate=2.0), False),
        (Row("a", 1.9, "MB", gate=2.0, better=Better.LESS), True),
        (Row("a", 2.1, "MB", gate=2.0, better=Better.LESS), False),
        (Row("a", 2.1, "MB"), None),
    ],
)
def test_a_gate_is_reached_from_its_good_side(row, passed):
    assert row.passed is passed


def test_the_report_names_machine_versions_and_every_failed_gate():
    rows = [Row("fast", 3.0, "x", "pandas", gate=2.0), Row("slow", 1.0, "x", "polars", gate=2.0), Row("size", 5, "MB")]

    text = "\n".join(lines(rows, machine()))

    assert "pandas 3." in text
    assert "1 of 2 gates reached" in text
    assert "NOT REACHED: slow polars: 1.00x, gate >= 2" in text


def test_the_report_for_machines_is_json():
    rows = [Row("slow", 1.0, "x", "polars", gate=2.0)]

    found = json.loads(json.dumps(document(rows, machine(), {"full": False})))

    assert found["rows"][0]["passed"] is False
    assert found["machine"]["cores"] >= 1


def test_every_stage_is_there():
    for name in command.STAGES:
        assert (command.FOLDER / f"{name}.py").is_file()


def test_invented_bars_are_sound_and_hold_the_awkward_cases():
    frame = bars(0.1)

    assert len(violations(frame)) == 0
    assert (frame["volume"] == 0).any()
    assert len(frame) < 52_560


def test_an_invented_page_is_a_reply_of_the_exchange():
    body, start_ms, end_ms = page(10)

    found = json.loads(body)

    assert len(found) == 10
    assert found[0][0] == start_ms
    assert found[-1][6] == end_ms - 1
    assert all(len(row) == 12 and isinstance(row[1], str) for row in found)
