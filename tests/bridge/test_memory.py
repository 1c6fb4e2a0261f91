"""Unfinished jobs: remembered while they run, gone when they end, offered after a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bridge.conftest import BTC, DAY_1, DAY_2, ETH, Watcher
from tests.held import Held
from tests.patience import PATIENCE_S
from threadx.bridge import JobKind, JobSpec, JobState, ThreadXBridge
from threadx.bridge.memory import JobMemory
from threadx.demo.faults import Fault

PROJECT = Path(__file__).resolve().parents[2]
DOWNLOADS = [JobSpec(JobKind.DOWNLOAD, symbol, start_ms=0, timeframes=("1h",)) for symbol in (BTC, ETH)]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / ".threadx" / "jobs.json"


def test_what_is_unfinished_comes_back(file):
    JobMemory(file, lambda: DOWNLOADS).save()
    assert JobMemory(file, list).offered() == DOWNLOADS


def test_when_all_is_done_there_is_no_file(file):
    JobMemory(file, lambda: DOWNLOADS).save()
    later = JobMemory(file, list)
    later.settle()
    later.save()
    assert not file.exists()
    assert list(file.parent.iterdir()) == []


def test_nothing_to_remember_makes_no_folder(file):
    JobMemory(file, list).save()
    assert not file.parent.parent.exists()


def test_an_offer_that_nobody_took_up_outlives_new_jobs(file):
    JobMemory(file, lambda: DOWNLOADS[:1]).save()
    JobMemory(file, lambda: DOWNLOADS[1:]).save()
    assert JobMemory(file, list).offered() == DOWNLOADS


def test_a_second_window_neither_offers_nor_writes(file):
    JobMemory(file, lambda: DOWNLOADS[:1]).save()
    second = JobMemory(file, lambda: DOWNLOADS[1:])
    second.switch_off()
    second.save()
    assert second.offered() == []
    assert JobMemory(file, list).offered() == DOWNLOADS[:1]


def test_what_takes_something_away_is_never_offered(file):
    kinds = [JobKind.DELETE, JobKind.UNDO, JobKind.EXPORT, JobKind.VERIFY]
    JobMemory(file, lambda: [JobSpec(kind) for kind in kinds]).save()
    assert [spec.kind for spec in JobMemory(file, list).offered()] == [JobKind.VERIFY]
    file.write_text('{"version": 1, "jobs": [{"kind": "delete", "series": [["demo", "BTCUSDC"]]}]}')
    assert JobMemory(file, list).offered() == []


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"version": 9, "jobs": []}', '{"version": 1}', '{"version": 1, "jobs": [{"kind": "fly"}]}',
     '{"version": 1, "jobs": [{"kind": "download", "start_ms": "soon"}]}', '{"version": 1, "jobs": 7}', "\x00"],
)  # fmt: skip
def test_a_damaged_file_is_an_empty_offer(file, content):
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert JobMemory(file, list).offered() == []


def test_what_was_unfinished_at_the_close_is_remembered_though_it_is_cancelled_then(file):
    now = list(DOWNLOADS)
    memory = JobMemory(file, lambda: now)
    memory.freeze()
    now.clear()
    memory.save()
    assert JobMemory(file, list).offered() == DOWNLOADS


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "data").write_text("in the way")
    JobMemory(tmp_path / "data" / ".threadx" / "jobs.json", lambda: DOWNLOADS).save()


def test_a_kill_leaves_the_jobs_to_the_next_start(exchange, tmp_path, bridge_settings):
    held = Held(exchange, "2024-05-10")
    arguments = [str(tmp_path), exchange.url, f"{BTC},{ETH}", "2024-05-01", "2024-05-31"]
    script = [sys.executable, "-m", "tests.bridge.unfinished_download", *arguments]
    with subprocess.Popen(script, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "at work"
        finally:
            process.kill()
    held.let_go()
    with ThreadXBridge(bridge_settings) as bridge:
        watch = Watcher(bridge)
        offered = bridge.unfinished()
        assert [(spec.subject, spec.timeframes) for spec in offered] == [(BTC, ("4h",)), (ETH, ("4h",))]
        ends = [watch.end_of(job_id) for job_id in bridge.resume(offered)]
        assert [end.state for end in ends] == [JobState.DONE, JobState.DONE]
        assert bridge.unfinished() == []
    with ThreadXBridge(bridge_settings) as third:
        assert third.unfinished() == []


def test_cancel_and_quit_offers_again_and_cancel_alone_does_not(exchange, bridge_settings):
    exchange.faults.add(Fault.HANG, path="klines", times=None, seconds=60.0)
    bridge = ThreadXBridge(bridge_settings)
    watch = Watcher(bridge)
    first, _second = bridge.download([BTC, ETH], DAY_1, DAY_2)
    bridge.jobs.cancel(first)
    watch.end_of(first)
    bridge.close()
    assert bridge.ended(PATIENCE_S)
    later = ThreadXBridge(bridge_settings)
    assert [spec.subject for spec in later.unfinished()] == [ETH]
    later.forget()
    later.close()
    assert later.ended(PATIENCE_S)
    assert not (bridge_settings.paths.data_root / ".threadx" / "jobs.json").exists()


def test_a_second_window_leaves_the_memory_of_the_first_alone(bridge_settings):
    file = bridge_settings.paths.data_root / ".threadx" / "jobs.json"
    JobMemory(file, lambda: DOWNLOADS).save()
    before = file.read_bytes()
    with ThreadXBridge(bridge_settings, remember=False) as second:
        assert second.unfinished() == []
        Watcher(second).end_of(second.download([BTC], DAY_1, DAY_1)[0])
    assert file.read_bytes() == before
