"""Months that stand are not computed again, those that follow from what changed are, and the values are the same."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.bars.schema import OPEN_TIME
from threadx.errors import JobCancelled
from threadx.indicators.catch_up import Function, caught_up, first_difference
from threadx.indicators.inputs import Part
from threadx.progress import Progress

WINDOW = 3


class Bank:
    """Months of numbers, and functions over them that count what they are asked."""

    def __init__(self, *months: list[float]) -> None:
        self.months = {f"2024-{number:02d}": np.array(values, float) for number, values in enumerate(months, 1)}
        self.loaded: list[str] = []

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(
            Part(name, hashlib.sha256(values.tobytes()).hexdigest(), values.size)
            for name, values in self.months.items()
        )

    def load(self, name):
        self.loaded.append(name)
        values = self.months[name]
        first = int(name[-2:]) * 1_000_000
        return {OPEN_TIME: first + np.arange(values.size), "close": values}

    def recursive(self) -> Function:
        def run(columns, state):
            total = 0.0 if state is None else state["total"]
            sums = []
            for value in columns["close"].tolist():
                total = total * 0.5 + value
                sums.append(total)
            return {"value": np.array(sums)}, {"total": total}

        return Function(run, self.load, ("value",))

    def windowed(self) -> Function:
        def run(columns, state):
            tail = [] if state is None else state["tail"]
            values = np.concatenate([tail, columns["close"]])
            sums = [values[max(at - WINDOW + 1, 0) : at + 1].sum() for at in range(values.size)]
            return {"value": np.array(sums)[len(tail) :]}, {"tail": values[-WINDOW + 1 :].tolist()}

        return Function(run, self.load, ("value",))


def again(bank, function, before):
    bank.loaded.clear()
    return caught_up(function, bank.parts, before.months, before.columns)


def same(first, second):
    return all(first.columns[name].tobytes() == second.columns[name].tobytes() for name in first.columns)


MONTHS = [1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0], [11.0, 12.0]


@pytest.mark.parametrize("kind", [Bank.recursive, Bank.windowed])
def test_nothing_is_loaded_where_nothing_changed(kind):
    bank = Bank(*MONTHS)
    first = caught_up(kind(bank), bank.parts)
    second = again(bank, kind(bank), first)
    assert bank.loaded == []
    assert (second.computed, second.months) == ((), first.months)
    assert same(first, second)


@pytest.mark.parametrize("kind", [Bank.recursive, Bank.windowed])
def test_bars_that_were_added_cost_their_month(kind):
    bank = Bank(*MONTHS)
    first = caught_up(kind(bank), bank.parts)
    bank.months["2024-04"] = np.append(bank.months["2024-04"], 13.0)
    assert again(bank, kind(bank), first).computed == ("2024-04",)
    assert bank.loaded == ["2024-04"]


def test_a_recursive_function_is_computed_again_from_the_month_that_changed():
    bank = Bank(*MONTHS)
    first = caught_up(bank.recursive(), bank.parts)
    bank.months["2024-02"] = bank.months["2024-02"] + 1
    assert again(bank, bank.recursive(), first).computed == ("2024-02", "2024-03", "2024-04")


def test_a_windowed_function_stops_after_its_window():
    bank = Bank(*MONTHS)
    first = caught_up(bank.windowed(), bank.parts)
    bank.months["2024-02"] = np.array([0.0, 5.0, 6.0, 7.0])
    assert again(bank, bank.windowed(), first).computed == ("2024-02",)
    bank.months["2024-02"] = np.array([4.0, 5.0, 6.0, 0.0])
    assert again(bank, bank.windowed(), first).computed == ("2024-02", "2024-03")


def test_months_in_front_leave_what_a_window_does_not_reach():
    bank = Bank(*MONTHS)
    whole = dict(bank.months)
    del bank.months["2024-01"]
    first = caught_up(bank.windowed(), bank.parts)
    bank.months = whole
    second = again(bank, bank.windowed(), first)
    assert second.computed == ("2024-01", "2024-02")
    assert same(second, caught_up(bank.windowed(), bank.parts))


def test_a_large_state_that_was_not_kept_follows_from_an_earlier_one():
    bank = Bank(*([float(month)] * 20 for month in range(1, 13)))

    def run(columns, state):
        tail = [0.0] * 200 if state is None else state["tail"]
        values = np.concatenate([tail, columns["close"]])
        sums = np.array([values[at : at + 201].sum() for at in range(columns["close"].size)])
        return {"value": sums}, {"tail": values[-200:].tolist()}

    function = Function(run, bank.load, ("value",))
    first = caught_up(function, bank.parts)
    assert 2 <= sum(month.state is not None for month in first.months) < 12
    bank.months["2024-09"] = bank.months["2024-09"] + 1
    second = again(bank, function, first)
    assert second.computed == ("2024-09", "2024-10", "2024-11", "2024-12")
    assert same(second, caught_up(function, bank.parts))


numbers = st.lists(st.floats(-10, 10).map(lambda value: round(value, 2)), min_size=1, max_size=5)


@given(before=st.lists(numbers, max_size=5), after=st.lists(numbers, min_size=1, max_size=5), data=st.data())
def test_catching_up_from_any_past_equals_computing_everything(before, after, data):
    kept = data.draw(st.lists(st.booleans(), min_size=len(after), max_size=len(after)))
    mixed = [old if keep else new for new, old, keep in zip(after, [*before, *after], kept, strict=False)]
    for kind in (Bank.recursive, Bank.windowed):
        old, new = Bank(*before), Bank(*mixed)
        past = caught_up(kind(old), old.parts)
        found, wanted = caught_up(kind(new), new.parts, past.months, past.columns), caught_up(kind(new), new.parts)
        assert same(found, wanted)
        assert [month.after for month in found.months] == [month.after for month in wanted.months]


def test_cancel_is_heard_between_months():
    bank, progress = Bank(*MONTHS), Progress(lambda event: progress.cancel() if event.done == 2 else None)
    with pytest.raises(JobCancelled):
        caught_up(bank.recursive(), bank.parts, progress=progress)
    assert bank.loaded == ["2024-01", "2024-02", "2024-03"]


def test_the_first_difference_is_named():
    bank = Bank(*MONTHS)
    months = caught_up(bank.recursive(), bank.parts).months
    assert first_difference(bank.parts, months) is None
    assert first_difference(bank.parts, months[:3]) == "2024-04"
    assert first_difference(bank.parts[:3], months) == ""
    bank.months["2024-02"] = np.zeros(4)
    assert first_difference(bank.parts, months) == "2024-02"
