"""Indicators of a chart as values: checked, kept, taken from a state file that anybody may have written."""

from __future__ import annotations

import pytest

from threadx.errors import IndicatorError
from threadx.indicators.spec import INDICATORS
from threadx.ui.presenters.studies import HEIGHTS, MOST, Study, Templates, from_json, lowest_shade, to_json
from threadx.ui.presenters.study_form import StudyForm, catalogue, name_problem
from threadx.ui.presenters.study_styles import style_of
from threadx.ui.presenters.study_words import value_text


class Memory(dict):
    """Stands for the window's state."""

    def get(self, key, default=None):
        return dict.get(self, key, default)

    def set(self, key, value):
        if value is None:
            self.pop(key, None)
        else:
            self[key] = value


def test_every_indicator_has_a_style_whose_lines_are_its_outputs():
    for name, indicator in INDICATORS.items():
        drawn = {line.output for line in style_of(name).lines}
        if name != "supertrend":
            assert drawn == set(indicator.output_names), name


def test_an_indicator_that_nobody_thought_of_gets_a_pane_with_its_outputs():
    style = style_of("novel", ("a", "b"))

    assert style.pane
    assert [line.output for line in style.lines] == ["a", "b"]


def test_studies_survive_json():
    studies = (Study.of(0, "ema", {"period": 9}, shade=3), Study.of(1, "rsi", {"max_gap": None}, height=0.3))

    back, refused = from_json(to_json(studies))

    assert (back, refused) == (studies, 0)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "emma"}, {"name": "ema", "params": {"period": 0}}, {"name": "ema", "params": {"bogus": 1}},
        {"name": "ema", "params": []}, {"name": "ema", "shade": -1}, {"name": "ema", "height": "tall"}, {}, "ema",
        {"name": 3}, None,
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_and_the_rest_is_kept(entry):
    back, refused = from_json([entry, {"name": "sma"}])

    assert [study.name for study in back] == ["sma"]
    assert refused == 1


def test_what_is_no_list_is_no_studies():
    assert from_json({"name": "ema"}) == ((), 0)
    assert from_json([{"name": "ema"}] * (MOST + 2))[1] == 2


def test_the_longest_gap_of_the_settings_stands_where_none_is_given():
    (study,), _refused = from_json([{"name": "ema"}], gap=60)

    assert study.params["max_gap"] == 60
    assert study.label == "EMA 20 (gap 60)"


def test_heights_stay_within_their_ends():
    assert Study.of(0, "rsi", {}, height=7).height == HEIGHTS[1]
    assert Study.of(0, "rsi", {}).resized(0.0).height == HEIGHTS[0]


def test_a_new_study_takes_the_first_free_colour():
    taken = [Study.of(key, "ema", {}, shade=shade) for key, shade in enumerate((0, 1, 3))]

    assert lowest_shade(taken) == 2
    assert lowest_shade([Study.of(key, "ema", {}, shade=key % 6) for key in range(6)]) == 0


def test_templates_are_kept_by_name_replaced_and_deleted():
    memory = Memory()
    templates = Templates(memory)
    templates.save("b", [Study.of(0, "ema", {})])
    templates.save("A", [Study.of(0, "rsi", {})])
    templates.save("b", [Study.of(0, "sma", {})])

    assert templates.names == ["A", "b"]
    assert [study.name for study in templates.load("b")[0]] == ["sma"]
    templates.delete("b")
    templates.delete("A")
    assert memory == {}


def test_templates_of_a_broken_state_file_are_passed_over():
    templates = Templates(Memory({"charts.templates": {"good": [{"name": "ema"}, 5], "bad": 3}}))

    assert templates.names == ["good"]
    studies, refused = templates.load("good")
    assert ([study.name for study in studies], refused) == (["ema"], 1)


def test_a_form_has_the_parameters_and_the_height_of_a_pane():
    assert [field.name for field in StudyForm("ema").fields()] == ["period", "max_gap"]
    assert [field.name for field in StudyForm("rsi").fields()] == ["period", "max_gap", "height"]
    study = Study.of(0, "rsi", {"period": 9}, height=0.25)
    assert [field.text for field in StudyForm("rsi", study).fields()] == ["9", "240", "25"]


@pytest.mark.parametrize(
    ("texts", "wrong", "told"),
    [
        ({"period": "0"}, "period", "2 .. 10000"), ({"period": "x"}, "period", "cannot be 'x'"),
        ({"height": "90"}, "height", "8 to 50"), ({"height": ""}, "height", "8 to 50"),
    ],
)  # fmt: skip
def test_what_is_typed_wrong_is_said_with_what_is_allowed(texts, wrong, told):
    typed = {field.name: field.text for field in StudyForm("rsi").fields()} | texts

    judged = StudyForm("rsi").judge(typed)

    assert judged.wrong == wrong
    assert told in judged.error


def test_a_height_is_a_share():
    assert StudyForm.height({"height": "12,5"}) == 0.125
    assert StudyForm.height({}) is None


def test_the_catalogue_has_all_by_their_short_names():
    rows = catalogue()

    assert {row.key for row in rows} == set(INDICATORS)
    assert [row.cells[0].casefold() for row in rows] == sorted(row.cells[0].casefold() for row in rows)


def test_a_template_needs_a_name_that_fits():
    assert name_problem("  ")
    assert name_problem("x" * 41)
    assert not name_problem(" mine ")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ema", 1234.5, "1,234.50"), ("rsi", 70.129, "70.13"), ("macd", -3.25, "\u22123.250"),
        ("obv", -1_250_000.0, "\u22121.25 M"), ("rsi", float("nan"), "\u2013"), ("rsi", -0.001, "0.00"),
    ],
)  # fmt: skip
def test_values_are_written_as_their_indicator_is_read(name, value, text):
    assert value_text(value, style_of(name), 2) == text


def test_an_axis_writes_no_more_decimals_than_it_needs():
    assert value_text(70.0, style_of("rsi"), 2, axis=True) == "70"
    assert value_text(0.5, style_of("vortex"), 2, axis=True) == "0.5"


def test_a_study_of_no_indicator_is_refused():
    with pytest.raises(IndicatorError):
        Study.of(0, "emma", {})
