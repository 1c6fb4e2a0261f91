"""Records that cross threads: frozen, and a spec survives JSON."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.bridge.events import Answer, JobEvent, JobKind, JobSpec, JobState, Lane, LogLine
from threadx.errors import DataError

words = st.text(max_size=8)
moments = st.none() | st.integers(0, 2**45)
specs = st.builds(
    JobSpec,
    st.sampled_from(JobKind),
    words,
    moments,
    moments,
    st.lists(words, max_size=3).map(tuple),
    refetch=st.booleans(),
    level=words,
    repair=st.booleans(),
    series=st.lists(st.tuples(words, words) | st.tuples(words, words, words), max_size=3).map(tuple),
    path=words,
    format=words,
    only=st.booleans(),
    paths=st.lists(words, max_size=2).map(tuple),
    steps=st.lists(words, max_size=2).map(tuple),
    top=st.none() | st.integers(1, 10**4),
    group=words,
    indicators=st.lists(words, max_size=2).map(tuple),
    include_core=st.booleans(),
)


@given(specs)
def test_a_spec_survives_json(spec):
    assert JobSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_json_holds_only_what_is_said():
    assert JobSpec(JobKind.DOWNLOAD, "BTCUSDC").to_json() == {"kind": "download", "subject": "BTCUSDC"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        [],
        "download",
        {"kind": "fly"},
        {"kind": 7},
        {"kind": "download", "subject": None},
        {"kind": "download", "start_ms": True},
        {"kind": "download", "end_ms": "soon"},
        {"kind": "download", "timeframes": "1h"},
        {"kind": "download", "timeframes": [1]},
        {"kind": "verify", "series": [["demo", 7]]},
        {"kind": "verify", "series": ["demo"]},
        {"kind": "verify", "refetch": "yes"},
        {"kind": "download", "speed": 9},
        {"kind": "pipeline", "top": "30"},
        {"kind": "pipeline", "steps": "download"},
    ],
)
def test_what_is_no_spec_is_refused(values):
    with pytest.raises(ValueError, match=r"not a job|valid JobKind"):
        JobSpec.from_json(values)


@pytest.mark.parametrize(
    "record",
    [
        JobSpec(JobKind.DOWNLOAD),
        JobEvent(1, JobSpec(JobKind.DOWNLOAD), JobState.QUEUED),
        Answer(1),
        LogLine(datetime(2024, 1, 1, tzinfo=UTC), 20, "threadx", "text"),
    ],
)
def test_records_are_frozen(record):
    name = dataclasses.fields(record)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, name, None)


def test_three_states_are_final():
    assert [state for state in JobState if state.final] == [JobState.DONE, JobState.FAILED, JobState.CANCELLED]


def test_what_asks_the_exchange_stands_in_its_queue():
    asking = {JobKind.DOWNLOAD, JobKind.DRY_RUN, JobKind.PIPELINE}
    assert {kind for kind in JobKind if kind.lane is Lane.EXCHANGE} == asking


def test_all_that_can_leave_other_bars_behind_is_known_to_do_so():
    harmless = {JobKind.DRY_RUN, JobKind.UPDATE_ALL, JobKind.EXPORT, JobKind.INDICATORS}
    assert {kind for kind in JobKind if not kind.changes_bars} == harmless


@pytest.mark.parametrize(
    ("done", "total", "state", "share"),
    [
        (0, 0, JobState.RUNNING, None),
        (5, 10, JobState.RUNNING, 0.5),
        (12, 10, JobState.RUNNING, 1.0),
        (0, 0, JobState.DONE, 1.0),
    ],
)
def test_a_share_is_told_when_it_can_be(done, total, state, share):
    assert JobEvent(1, JobSpec(JobKind.DOWNLOAD), state, done, total).share == share


def test_an_answer_calls_the_one_that_waits_for_it():
    heard = []
    Answer(1, 7, then=heard.append, failed=heard.append).deliver()
    error = DataError("no")
    Answer(2, failure=error, then=heard.append, failed=heard.append).deliver()
    Answer(3, 9, dropped=True, then=heard.append, failed=heard.append).deliver()
    Answer(4, failure=error).deliver()
    assert heard == [7, error]


def test_a_dry_run_of_a_pipeline_leaves_no_trace():
    real, dry = (JobSpec(JobKind.PIPELINE, steps=("verify",), dry_run=dry_run) for dry_run in (False, True))
    assert (real.remembered, dry.remembered) == (True, False)
    assert JobSpec.from_json(dry.to_json()) == dry
