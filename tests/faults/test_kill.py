"""kill -9 at every operation of a write: afterwards the bank is as before or as after, never between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import (
    CASES,
    Case,
    Count,
    KillAt,
    check_whole,
    chosen,
    copy_bank,
    in_child,
    open_store,
    state,
)

pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")


@pytest.mark.faults
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_kill_at_any_operation_leaves_the_old_state_or_the_new(case: Case, tmp_path: Path, fault_scale: float):
    base, done = tmp_path / "base", tmp_path / "done"
    base.mkdir()
    case.prepare(open_store(base))
    before = state(open_store(base))
    copy_bank(base, done)
    count = Count()
    case.act(open_store(done, count))
    after = check_whole(done, state(open_store(done)))
    assert after != before

    outcomes = set()
    for number in chosen(len(count.seen), fault_scale):
        root = tmp_path / f"killed-{number}"
        copy_bank(base, root)
        assert in_child(lambda root=root, number=number: case.act(open_store(root, KillAt(number)))) == -9
        outcomes.add(check_whole(root, before, after) == after)
        case.act(open_store(root)) if state(open_store(root)) == before else None
        check_whole(root, after)
    assert outcomes == {False, True} or fault_scale < 0.1


@pytest.mark.faults
def test_a_kill_inside_recovery_can_be_recovered_from(tmp_path: Path, fault_scale: float):
    case = next(case for case in CASES if case.name == "upsert")
    base = tmp_path / "base"
    base.mkdir()
    case.prepare(open_store(base))
    before = state(open_store(base))
    count = Count()
    copy_bank(base, tmp_path / "done")
    case.act(open_store(tmp_path / "done", count))
    after = state(open_store(tmp_path / "done"))

    for number in chosen(len(count.seen), fault_scale / 2):
        killed = tmp_path / f"killed-{number}"
        copy_bank(base, killed)
        in_child(lambda root=killed, number=number: case.act(open_store(root, KillAt(number))))
        steps = Count()
        copy_bank(killed, tmp_path / f"recovered-{number}")
        open_store(tmp_path / f"recovered-{number}", steps).recover()
        for step in chosen(len(steps.seen), fault_scale) if steps.seen else ():
            twice = tmp_path / f"twice-{number}-{step}"
            copy_bank(killed, twice)
            in_child(lambda root=twice, step=step: open_store(root, KillAt(step)).recover())
            check_whole(twice, before, after)
