"""Legacy files through the bridge: looked at as a read, taken up as a job."""

from __future__ import annotations

from tests.data.legacy.shapes import dicts
from tests.data.memory_source import T0, minutes
from threadx.bridge.events import JobKind, JobSpec, JobState, Lane


def _lay(settings, name, content):
    settings.paths.legacy.mkdir(parents=True, exist_ok=True)
    path = settings.paths.legacy / name
    path.write_bytes(content)
    return path


def test_files_are_previewed_and_taken_up_as_a_job(bridge, watch, bridge_settings):
    path = _lay(bridge_settings, "BTCUSDC_1m.json", dicts(minutes(T0, 90)))
    _lay(bridge_settings, "broken_1m.json", b"{")
    previews = watch.value_of(lambda progress: bridge.preview_legacy(progress=progress))
    assert [each.state for each in previews] == ["previewed", "failed"]
    assert previews[0].preview.bars == 90

    end = watch.end_of(bridge.convert())

    assert (end.state, end.result.added, len(end.result.failed)) == (JobState.DONE, 90, 1)
    assert (end.done, end.total, end.unit) == (2, 2, "files")
    assert watch.end_of(bridge.convert([str(path)])).result.files[0].state == "up_to_date"


def test_an_import_stands_in_the_banks_queue_and_is_offered_again():
    spec = JobSpec(JobKind.IMPORT, paths=("a.json", "folder"))
    assert (spec.kind.lane, spec.kind.remembered) == (Lane.BANK, True)
    assert JobSpec.from_json(spec.to_json()) == spec


def test_an_import_may_name_the_provider_of_its_bars(bridge, watch, bridge_settings):
    _lay(bridge_settings, "BTCUSDC_1m.json", dicts(minutes(T0, 5)))
    assert watch.end_of(bridge.convert(provider="kraken")).result.added == 5
    found = watch.value_of(lambda progress: bridge.preview_legacy(progress=progress, provider="kraken"))
    assert found[0].state == "up_to_date"
    assert watch.value_of(lambda progress: bridge.preview_legacy(progress=progress))[0].state == "previewed"
