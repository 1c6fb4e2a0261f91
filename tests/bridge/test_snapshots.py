"""Snapshots through the bridge: what the tab shows, and the jobs it starts."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.bridge.conftest import BTC
from tests.store.bank_maker import bars
from threadx.bridge import JobState
from threadx.bridge.events import JobKind, JobSpec
from threadx.data.snapshots import SnapshotStore
from threadx.errors import DataNotFoundError, SnapshotExistsError
from threadx.store import Store
from threadx.ui.presenters.job_lines import job_line

DEMO = ("demo", BTC)


@pytest.fixture
def bank(bridge_settings) -> Store:
    store = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    store.write(*DEMO, bars(300))
    return store


@pytest.fixture
def snapshots(bridge_settings) -> SnapshotStore:
    made = SnapshotStore(bridge_settings)
    for number, stamp in enumerate(("20240101", "20240102")):
        frame = pd.DataFrame({"symbol": ["A", "B"], "rank": [1, 2 + number]})
        files = {"t.parquet": frame, "m.json": {"n": number}, "raw.bin": b"\xff\x00"}
        made.publish("selection", files, stamp=stamp)
    return made


def test_an_empty_bank_has_an_empty_view(bridge, watch):
    view = watch.value_of(bridge.snapshots)
    assert (view.domains, view.datasets, view.rows) == ((), (), ())


def test_the_view_has_domains_datasets_and_dates_newest_first(bridge, watch, bank, snapshots):
    snapshots.archive("90d", "selection")
    snapshots.restore("selection", ["20240102"])
    view = watch.value_of(bridge.snapshots)
    assert [(each.name, each.last, str(each.state)) for each in view.domains] == [("selection", "20240102", "unknown")]
    assert {each.name for each in view.datasets} == {f"demo {BTC} 1m", f"demo {BTC} 1h"}
    assert [(row.stamp, row.archived) for row in view.rows] == [("20240102", False), ("20240101", True)]


def test_a_damaged_archive_hides_nothing_else(bridge, watch, snapshots):
    snapshots.archive("90d")
    archive = snapshots.dated.folder("selection") / "archive-202401.zip"
    archive.chmod(0o644)
    archive.write_bytes(b"")
    snapshots.publish("selection", {"m.json": {}}, stamp="20240301")
    rows = watch.value_of(bridge.snapshots).rows
    assert [(row.stamp, row.complete, row.archived) for row in rows] == [
        ("20240301", True, False),
        ("202401", False, True),
    ]


def test_the_beginning_of_any_file_can_be_shown(bridge, watch, snapshots):
    def preview(name):
        return watch.value_of(lambda progress: bridge.snapshot_preview("selection", "20240101", name, progress))

    assert preview("t.parquet").rows == (("A", "1"), ("B", "2"))
    assert preview("m.json").text == '{\n  "n": 0\n}'
    assert preview("raw.bin").text == "ff 00"
    answer = watch.answer_to(bridge.ask(lambda _: bridge.snapshot_preview("selection", "20240101", "../../x")))
    assert isinstance(answer.failure, DataNotFoundError)
    assert watch.value_of(lambda _: bridge.snapshot_files("selection", "20240101"))["m.json"] == 13


def test_two_dates_are_compared(bridge, watch, snapshots):
    changes = watch.value_of(lambda progress: bridge.snapshot_diff("selection", "20240101", "20240102", progress))
    assert [str(change) for change in changes] == [
        "m.json: n: 0 -> 1",
        "t.parquet: rank: 1 of 2 rows differ; most for B: 2 -> 3",
    ]


def test_the_bank_is_pinned_and_put_back_by_jobs(bridge, watch, bank):
    end = watch.end_of(bridge.snapshot("create", stamp="20240101", series=[DEMO]))
    assert (end.state, end.result.count, end.spec.subject) == (JobState.DONE, 1, BTC)
    taken = watch.end_of(bridge.snapshot("create", stamp="20240101"))
    assert isinstance(taken.failure, SnapshotExistsError)
    bank.write(*DEMO, bars(50, seed=3), mode="replace")
    assert watch.end_of(bridge.snapshot("put_back", stamp="20240101")).result.count == 1
    assert len(bank.read(*DEMO)) == 300
    assert watch.end_of(bridge.undo([DEMO])[0]).state is JobState.DONE
    assert len(bank.read(*DEMO)) == 50


def test_archiving_and_bringing_back_are_jobs(bridge, watch, snapshots):
    end = watch.end_of(bridge.snapshot("archive", older_than="90d"))
    assert (end.result.count, end.result.problems) == (2, 0)
    assert "2 snapshots archived" in str(job_line(end))
    back = watch.end_of(bridge.snapshot("restore", domain="selection"))
    assert [each.stamp for each in back.result.detail] == ["20240101", "20240102"]


def test_a_damaged_snapshot_shows_in_the_line_of_the_job(bridge, watch, snapshots):
    path = snapshots.dated.at("selection", snapshots.list("selection")[0].moment).path / "m.json"
    path.chmod(0o644)
    path.write_text("{}")
    end = watch.end_of(bridge.snapshot("archive", older_than="90d"))
    assert (end.result.count, end.result.problems) == (1, 1)
    assert "1 is damaged" in str(job_line(end))


@pytest.mark.parametrize("given", [{"action": "bogus"}, {"action": "archive"}, {"action": "put_back"}])
def test_a_job_without_what_it_needs_is_refused(bridge, given):
    with pytest.raises(ValueError, match="not a snapshot job"):
        bridge.snapshot(**given)


def test_a_snapshot_job_survives_as_json():
    spec = JobSpec(JobKind.SNAPSHOT, action="archive", domain="selection", older_than="90d")
    assert JobSpec.from_json(spec.to_json()) == spec
    assert not spec.kind.remembered


def test_json_with_a_list_of_objects_shows_as_a_table_and_as_text(bridge, watch, bridge_settings):
    store = SnapshotStore(bridge_settings)
    content = {"n": 2, "few": [{"x": 1}], "tokens": [{"symbol": "A", "rank": 1}, {"symbol": "B", "coin": {"id": "b"}}]}
    store.publish("selection", {"t.json": content, "plain.json": {"n": 1}}, stamp="20240101")
    shown = watch.value_of(lambda progress: bridge.snapshot_preview("selection", "20240101", "t.json", progress))
    assert shown.columns == ("symbol", "rank", "coin.id")
    assert (len(shown.rows), shown.total_rows, shown.cut, shown.text_cut) == (2, 2, False, False)
    assert '"n": 2' in shown.text
    plain = watch.value_of(lambda progress: bridge.snapshot_preview("selection", "20240101", "plain.json", progress))
    assert (plain.columns, '"n": 1' in plain.text) == ((), True)


def test_what_archiving_would_pack_is_told_and_nothing_moves(bridge, watch, snapshots):
    plan = watch.value_of(lambda progress: bridge.archive_plan("90d", progress=progress))
    assert [(each.domain, each.month, each.stamps) for each in plan] == [
        ("selection", "202401", ("20240101", "20240102"))
    ]
    assert not any(row.archived for row in watch.value_of(bridge.snapshots).rows)
