"""Cancel and close while the engine waits: for the exchange's leave, for another writer, for an answer that hangs."""

from __future__ import annotations

import threading
import time

import pytest

from tests.bridge.conftest import BTC, DAY_1, DAY_2, ETH, Watcher
from tests.held import Held
from tests.patience import PATIENCE_S, SOON_S, comes_true
from threadx.bridge import JobEvent, JobState, ThreadXBridge
from threadx.demo.faults import Fault
from threadx.store import Store


def running_and(event: JobEvent | None, reason: str) -> bool:
    return event is not None and event.state is JobState.RUNNING and reason in event.waiting


def cancel_takes(bridge: ThreadXBridge, watch: Watcher, job_id: int) -> float:
    """Cancel a job and return how long its final event took, in seconds."""
    began_s = time.monotonic()
    bridge.jobs.cancel(job_id)
    end = watch.end_of(job_id)
    assert end.state is JobState.CANCELLED
    return time.monotonic() - began_s


def test_cancel_is_heard_while_the_exchange_asked_to_wait(exchange, bridge, watch):
    exchange.faults.add(Fault.LIMITED_429, path="klines", times=None, retry_after="60")
    job_id = bridge.download([BTC], DAY_1, DAY_2)[0]
    watch.until(lambda: running_and(bridge.jobs.event(job_id), "wait"))
    assert cancel_takes(bridge, watch, job_id) < SOON_S


def test_cancel_is_heard_while_the_engine_is_being_loaded(bridge_settings):
    """The first job of a window loaded the modules itself: on a slow machine 0.8 s passed until it heard."""
    with ThreadXBridge(bridge_settings) as fresh:
        watch = Watcher(fresh)
        with fresh._engine_lock:
            job_id = fresh.download([BTC], DAY_1, DAY_1)[0]
            watch.until(lambda: running_and(fresh.jobs.event(job_id), ""))
            assert cancel_takes(fresh, watch, job_id) < SOON_S
        again = fresh.jobs.retry(job_id)
        assert watch.end_of(again).state is JobState.DONE


def test_cancel_is_heard_while_another_writer_holds_the_lock(bridge, watch, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    other = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    series = other.bank.generations.all_series()[0]
    with other.bank.locked(series, timeout_s=5.0):
        job_id = bridge.delete([("demo", BTC)])[0]
        watch.until(lambda: running_and(bridge.jobs.event(job_id), "waiting for process"))
        assert cancel_takes(bridge, watch, job_id) < SOON_S
    assert other.series() == [("demo", BTC)]


def test_cancel_is_heard_while_an_answer_hangs(exchange, bridge, watch):
    hanging = exchange.faults.add(Fault.HANG, path="klines", times=None, seconds=60.0)
    job_id = bridge.download([BTC], DAY_1, DAY_2)[0]
    watch.until(lambda: hanging.struck)
    assert cancel_takes(bridge, watch, job_id) < SOON_S


def test_a_failing_symbol_stops_no_other_and_is_tried_again_when_it_may_work(exchange, bridge, watch):
    exchange.faults.add(Fault.CUT_JSON, path="klines", match={"symbol": ETH}, times=None)
    bad, good = bridge.download([ETH, BTC], DAY_1, DAY_1)
    assert watch.end_of(good).state is JobState.DONE
    end = watch.end_of(bad)
    assert end.state is JobState.FAILED
    assert end.error
    exchange.faults.clear()
    (again,) = bridge.jobs.retry_failed()
    assert watch.end_of(again).result.rows == 1440


def test_a_download_without_the_exchange_says_so_in_the_status(exchange, bridge, watch):
    exchange.close()
    end = watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    assert (end.state, bridge.status().reachable) == (JobState.FAILED, False)


def test_an_unknown_symbol_fails_with_a_hint(bridge, watch):
    end = watch.end_of(bridge.download(["BTCUSDX"], DAY_1, DAY_1)[0])
    assert end.state is JobState.FAILED
    assert BTC in end.hint
    assert end.result.symbol == "BTCUSDX"


def test_close_during_jobs_is_quick_and_the_bank_is_whole(exchange, bridge_settings):
    Held(exchange, "2024-04-10")
    bridge = ThreadXBridge(bridge_settings)
    watch = Watcher(bridge)
    ids = bridge.download([BTC, ETH], "2024-03-01", "2024-05-31")
    watch.until(lambda: bridge.jobs.event(ids[0]).done > 10_000)
    began_s = time.monotonic()
    bridge.close()
    assert time.monotonic() - began_s < SOON_S
    assert bridge.ended(PATIENCE_S)
    assert {watch.of(job_id)[-1].state for job_id in ids} == {JobState.CANCELLED}
    store = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    assert store.verify("deep").ok


def test_close_does_not_wait_for_an_exchange_that_hangs(exchange, bridge_settings):
    hanging = exchange.faults.add(Fault.HANG, times=None, seconds=60.0)
    bridge = ThreadXBridge(bridge_settings)
    bridge.download([BTC], DAY_1, DAY_2)
    bridge.call(bridge.symbols, lambda _rows: None)
    assert comes_true(lambda: hanging.struck)
    began_s = time.monotonic()
    bridge.close()
    bridge.close()
    assert time.monotonic() - began_s < SOON_S
    assert bridge.ended(PATIENCE_S)


def test_close_before_anything_was_asked_does_nothing(bridge_settings):
    bridge = ThreadXBridge(bridge_settings)
    bridge.close()
    assert bridge.ended(PATIENCE_S)
    assert not bridge_settings.paths.data_root.exists()


def own_threads() -> set[threading.Thread]:
    """All threads but those of the exchange, which end when it notices that a connection was dropped."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("demo")}


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_starts_and_cancels_leave_no_thread_lock_or_stage_folder(exchange, bridge_settings, fault_scale):
    """A thousand of them at full size."""
    before = own_threads()
    bridge = ThreadXBridge(bridge_settings)
    watch = Watcher(bridge)
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    for number in range(max(round(1000 * fault_scale), 20)):
        job_id = bridge.download([BTC, ETH][number % 2 :][:1], DAY_1, None, refetch=True)[0]
        if number % 3:  # in all its states: queued, just begun, at work
            watch.until(lambda job_id=job_id: bridge.jobs.event(job_id).state is not JobState.QUEUED)
        if number % 3 == 2:
            watch.until(lambda job_id=job_id: bridge.jobs.event(job_id).done or bridge.jobs.event(job_id).final)
        bridge.jobs.cancel(job_id)
        assert watch.end_of(job_id).state in (JobState.CANCELLED, JobState.DONE)
        watch.seen.clear()
    bridge.close()
    assert bridge.ended(PATIENCE_S)
    watch.until(lambda: own_threads() <= before)
    store = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    assert list(store.layout.staging.glob("*")) == []
    for series in store.bank.generations.all_series():
        with store.bank.locked(series, timeout_s=0.0):  # nobody holds it
            pass
        assert store.verify("deep", series.provider, series.symbol).ok
