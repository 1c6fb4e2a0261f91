"""The Settings tab's decisions on a real file, without a screen."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.ui.bank import Desk
from threadx import config_model
from threadx.bridge import ThreadXBridge
from threadx.config import get_settings, tables_of
from threadx.ui.presenters.setting_words import GROUP_WORDS, SECTIONS, SETTINGS, Kind
from threadx.ui.presenters.settings import SettingsPresenter, file_of
from threadx.ui.presenters.settings_form import SettingsForm

SHIPPED = Path(__file__).resolve().parents[3] / "paths.toml"
WORKERS, QUOTE, HOSTS = ("ingest", "workers"), ("ingest", "quote"), ("source", "rest_hosts")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "paths.toml"
    path.write_bytes(SHIPPED.read_bytes())
    return path


@pytest.fixture
def form(file):
    return SettingsForm(file, tables_of(file, file.read_text("utf-8")))


# -- the words ------------------------------------------------------------------------------------------------------


def comments() -> dict[tuple[str, str], str]:
    """Return the comment above each key of the shipped file; keys that follow one another share it."""
    found: dict[tuple[str, str], str] = {}
    table, above, fresh = "", [], True
    for line in SHIPPED.read_text("utf-8").splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            table, above, fresh = head[1], [], True
        elif key := re.match(r"(?:# )?(\w+) = ", line):
            found[table, key[1]] = " ".join(above)
            fresh = True
        elif line.startswith("# "):
            above = [line[2:]] if fresh else [*above, line[2:]]
            fresh = False
    return found


def test_the_explanations_are_the_comments_of_the_file():
    told = {words.name: words.explanation for words in SETTINGS}
    written = {name: text for name, text in comments().items() if name[0] != "groups"}
    assert told == written
    assert comments()["groups", "L1"] == GROUP_WORDS


def test_every_key_of_the_settings_is_shown_once():
    fields = dataclasses.fields(config_model.Settings)
    tables = [each.name for each in fields if each.name not in ("groups", "file", "real_provider")]
    kinds = {name: getattr(config_model, name.capitalize()) for name in tables}
    wanted = [(name, each.name) for name, kind in kinds.items() for each in dataclasses.fields(kind)]
    assert sorted(words.name for words in SETTINGS) == sorted(wanted)
    assert {name for name, _title in SECTIONS} == {*tables, "groups"}


def test_defaults_are_those_in_force_where_nothing_is_written(form, file):
    empty = SettingsForm(file, {})
    assert not [words.name for words in SETTINGS if empty.problem(words.name)]
    assert {words.name: form.default(words.name) for words in SETTINGS} == {
        words.name: form.text(words.name) for words in SETTINGS
    }


def test_choices_are_exactly_those_that_are_allowed(form):
    for words in SETTINGS:
        if words.kind is Kind.CHOICE:
            assert not [choice for choice in words.choices if form.enter(words.name, choice)]
            assert all(choice in form.enter(words.name, "nonsense") for choice in words.choices)


# -- what is entered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (WORKERS, "900", "Workers must be a whole number from 1 to 64, not 900"),
        (WORKERS, "many", 'not "many"'),
        (("limits", "weight_share"), "2", "above 0 and up to 1"),
        (QUOTE, "usdc", "in capitals"),
        (HOSTS, "http://example.com", "only https://"),
        (("paths", "data_root"), "~/data", "~ is not expanded"),
        (("ingest", "timeframes"), "1h, 7h", "one of"),
        (("source", "proxy"), "nonsense", "http://host:port"),
    ],
)
def test_what_is_not_allowed_is_told_on_the_spot(form, name, text, told):
    problem = form.enter(name, text)
    assert told in problem
    assert not problem.startswith(":")


def test_numbers_may_have_a_comma_and_lists_commas_between_them(form):
    assert form.enter(("limits", "weight_share"), "0,25") == ""
    assert form.enter(("ingest", "timeframes"), "1h,4h , 1d") == ""
    assert form.changes() == {("limits", "weight_share"): 0.25, ("ingest", "timeframes"): ["1h", "4h", "1d"]}


def test_a_host_may_be_named_once_it_is_trusted(form):
    assert form.enter(HOSTS, "https://mirror.example.com")
    assert form.enter(("source", "extra_hosts"), "mirror.example.com") == ""
    assert form.problems() == {}


def test_values_that_contradict_each_other_are_told(form):
    assert form.enter(("limits", "read_timeout_s"), "60") == ""
    assert "longer than total_timeout_s" in form.trouble()
    assert str(form.file) not in form.trouble()


def test_typing_the_old_value_again_is_no_change(form):
    form.enter(WORKERS, "9")
    form.enter(WORKERS, "4")
    assert form.changed == ()


def test_groups_are_added_changed_and_removed(form):
    assert form.add_group("Mine") == ""
    assert form.add_group("Mine") != ""
    assert form.add_group(" \t") != ""
    assert form.enter(("groups", "Mine"), "BTC, ETH") == ""
    assert "capitals" in form.enter(("groups", "L1"), "btc")
    form.enter(("groups", "L1"), "BTC")
    form.remove_group("L2")
    assert dict(form.tables()["groups"]) == {
        "L1": ["BTC"], "DeFi": ["UNI", "AAVE", "LINK", "DOT"], "Stable": ["EUR", "FDUSD", "USDE"],
        "Mine": ["BTC", "ETH"],
    }  # fmt: skip


def test_a_changed_group_does_not_lose_the_others_of_a_file_without_any(file):
    form = SettingsForm(file, {})
    form.enter(("groups", "L1"), "BTC")
    assert set(form.tables()["groups"]) == {"L1", "DeFi", "L2", "Stable"}


# -- reading and saving ---------------------------------------------------------------------------------------------


class View:
    def __init__(self) -> None:
        self.forms = 0
        self.state = ("", False, False, False)
        self.broken = ""

    def show_form(self, form):
        self.forms += 1

    def show_state(self, message, *, problem, can_save, can_discard):
        self.state = (message, problem, can_save, can_discard)

    def show_broken(self, message):
        self.broken = message


@pytest.fixture
def stage(file):
    with ThreadXBridge(get_settings(file), remember=False) as bridge:
        desk, view, told = Desk(bridge), View(), []
        presenter = SettingsPresenter(bridge, desk, notify=told.append)
        presenter.attach(view)
        desk.until(lambda: view.forms > 0 or bool(view.broken))
        yield presenter, desk, view, told


def test_a_change_is_saved_with_the_comments_kept(stage, file):
    presenter, desk, view, told = stage
    before = file.read_text("utf-8")
    assert presenter.enter(WORKERS, "9") == ""
    assert presenter.enter(("limits", "connections"), "6") == ""
    assert view.state[2:] == (True, True)
    presenter.save()
    desk.until(lambda: bool(told))
    saved = before.replace("workers = 4", "workers = 9").replace("connections = 8", "connections = 6")
    assert file.read_text("utf-8") == saved
    assert view.state[0] == "Saved. At the next start: Connections"
    assert desk.bridge.settings.ingest.workers == 9
    assert desk.bridge.settings.limits.connections == 8
    assert view.state[2:] == (False, False)


def test_nothing_is_saved_while_something_is_wrong(stage, file):
    presenter, _desk, view, _told = stage
    before = file.read_bytes()
    presenter.enter(WORKERS, "900")
    presenter.enter(QUOTE, "EUR")
    presenter.save()
    assert view.state[1:3] == (True, False)
    assert file.read_bytes() == before
    presenter.discard()
    assert view.state[1:] == (False, False, False)


def test_what_was_edited_by_hand_meanwhile_is_kept(stage, file):
    presenter, desk, _view, told = stage
    file.write_text(file.read_text("utf-8").replace('quote = "USDC"', 'quote = "EUR"  # mine'), "utf-8")
    presenter.enter(WORKERS, "9")
    presenter.save()
    desk.until(lambda: bool(told))
    assert 'quote = "EUR"  # mine' in file.read_text("utf-8")
    assert presenter.form.text(QUOTE) == "EUR"


def test_reset_puts_the_default_back(stage, file):
    presenter, desk, _view, told = stage
    presenter.enter(WORKERS, "9")
    presenter.save()
    desk.until(lambda: bool(told))
    presenter.reset(WORKERS)
    presenter.save()
    desk.until(lambda: len(told) == 2)
    assert file.read_bytes() == SHIPPED.read_bytes()


def test_the_theme_is_saved_alone_and_the_rest_waits(stage, file):
    presenter, desk, _view, _told = stage
    presenter.enter(WORKERS, "9")
    presenter.save_now(("ui", "theme"), "dark")
    desk.until(lambda: 'theme = "dark"' in file.read_text("utf-8") and presenter.form.changed == (WORKERS,))
    assert get_settings(file).ingest.workers == 4


def test_a_broken_file_is_told(tmp_path, settings):
    file = tmp_path / "paths.toml"
    file.write_text("[ui\n")
    with ThreadXBridge(dataclasses.replace(settings, file=file), remember=False) as bridge:
        desk, view = Desk(bridge), View()
        SettingsPresenter(bridge, desk, notify=lambda _text: None).attach(view)
        desk.until(lambda: bool(view.broken))
        assert "not valid TOML" in view.broken


def test_without_a_file_one_is_made_where_it_is_looked_for(settings, tmp_path):
    assert file_of(settings) == tmp_path / "paths.toml"
    with ThreadXBridge(settings, remember=False) as bridge:
        desk, view, told = Desk(bridge), View(), []
        presenter = SettingsPresenter(bridge, desk, notify=told.append)
        presenter.attach(view)
        desk.until(lambda: view.forms > 0)
        presenter.enter(WORKERS, "2")
        presenter.save()
        desk.until(lambda: bool(told))
    assert get_settings(tmp_path / "paths.toml").ingest.workers == 2


def test_what_is_typed_while_saving_is_not_lost(stage):
    presenter, desk, _view, told = stage
    presenter.enter(WORKERS, "9")
    presenter.enter(QUOTE, "EUR")
    presenter.save()
    presenter.enter(WORKERS, "10")
    desk.until(lambda: bool(told))
    assert presenter.form.changed == (WORKERS,)
    assert presenter.form.text(WORKERS) == "10"


def test_two_savings_at_once_lose_nothing(stage, file):
    presenter, desk, _view, told = stage
    presenter.enter(WORKERS, "9")
    presenter.save()
    presenter.save_now(("ui", "theme"), "dark")
    desk.until(lambda: bool(told) and get_settings(file).ui.theme == "dark")
    assert get_settings(file).ingest.workers == 9
