"""The Settings tab under real keys, on a real file."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx import i18n
from threadx.bridge import ThreadXBridge
from threadx.config import get_settings
from threadx.ui.presenters.setting_words import SETTINGS
from threadx.ui.tabs import Tab
from threadx.ui.theme import ttk

TABS = (Tab("settings", "Settings", "threadx.ui.settings:SettingsPage"),)
SHIPPED = Path(__file__).resolve().parents[2] / "paths.toml"
WORKERS = ("ingest", "workers")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "paths.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace('language = "auto"', 'language = "en"'), "utf-8")
    return path


@pytest.fixture
def make_page(make_app, file, wait_until):
    def make(section: str = "ingest"):
        settings = get_settings(file)
        app = make_app(TABS, bridge=ThreadXBridge(settings, remember=False), settings=settings)
        page = app.book.page("settings")
        page.app = app
        wait_until(lambda: bool(page.rows))
        page.sections.selection_set(section)
        page.update()
        return page

    return make


def type_into(field: ttk.Entry, text: str) -> None:
    field.focus_force()
    field.update()
    field.delete(0, "end")
    for sign in text:
        field.insert("end", sign)
        field.event_generate("<KeyRelease>", keysym="a")
    field.event_generate("<KeyRelease>", keysym="a")
    field.update()


def test_every_section_shows_its_keys(make_page):
    page = make_page()
    shown = {}
    for section in page.sections.get_children():
        page.sections.selection_set(section)
        page.update()
        shown[section] = len(page.rows)
    wanted = Counter(words.table for words in SETTINGS)
    assert shown == {**wanted, "groups": 4}
    assert wanted["ingest"] == 6


def test_a_wrong_value_turns_red_says_why_and_cannot_be_saved(make_page):
    page = make_page()
    row = page.rows[WORKERS]
    type_into(row.field, "900")
    assert row.field.cget("style") == "Invalid.TEntry"
    assert "from 1 to 64" in row.problem.cget("text")
    assert page.save.instate(["disabled"])
    type_into(row.field, "9")
    assert row.field.cget("style") == "TEntry"
    assert page.save.instate(["!disabled"])


def test_a_right_value_is_saved_by_key_and_says_when_it_acts(make_page, file, wait_until):
    page = make_page()
    before = file.read_text("utf-8")
    field = page.rows[WORKERS].field
    type_into(field, "9")
    field.event_generate("<Control-s>")
    wait_until(lambda: page.context.bridge.settings.ingest.workers == 9)
    wait_until(lambda: page._told.cget("text") == str(file))
    assert file.read_text("utf-8") == before.replace("workers = 4", "workers = 9")
    assert page.rows[WORKERS].field is field, "the form was not drawn anew under the user's hands"
    assert field.get() == "9"


def test_reset_and_discard_put_back_what_was(make_page):
    page = make_page()
    row = page.rows[WORKERS]
    type_into(row.field, "9")
    assert row._reset.instate(["!disabled"])
    row._reset.invoke()
    page.update()
    assert row.value == "4"
    type_into(page.rows[WORKERS].field, "9")
    page.discard.invoke()
    page.update()
    assert page.rows[WORKERS].value == "4"
    assert page.discard.instate(["disabled"])


def test_the_theme_acts_at_once_and_is_saved(make_page, file, wait_until):
    page = make_page("ui")
    app = page.app
    row = page.rows["ui", "theme"]
    row.field.set("Dark")
    row.field.event_generate("<<ComboboxSelected>>")
    wait_until(lambda: app.theme.mode == "dark" and app.book.page("settings") is not page)
    wait_until(lambda: get_settings(file).ui.theme == "dark")
    again = app.book.page("settings")
    assert again.rows["ui", "theme"].field.get() == "Dark"


def test_the_language_acts_at_once_and_what_was_typed_stays(make_page, wait_until):
    page = make_page()
    app = page.app
    type_into(page.rows[WORKERS].field, "9")
    page.sections.selection_set("ui")
    page.update()
    row = page.rows["ui", "language"]
    row.field.set("Français")
    row.field.event_generate("<<ComboboxSelected>>")
    wait_until(lambda: i18n.language() == "fr" and app.book.page("settings") is not page)
    again = app.book.page("settings")
    again.sections.selection_set("ingest")
    again.update()
    assert again.rows[WORKERS].value == "9"
    assert again.save.cget("text") == "Enregistrer"


def test_the_size_acts_at_once(make_page, wait_until):
    page = make_page("ui")
    app = page.app
    page.zoom.set("125 %")
    page.zoom.event_generate("<<ComboboxSelected>>")
    wait_until(lambda: app.theme.zoom == 1.25)


def test_search_finds_keys_of_all_sections(make_page):
    page = make_page()
    page.find()
    page.filter.entry.insert(0, "seconds")
    page.update()
    assert {"limits", "store", "ingest"} <= {table for table, _key in page.rows}
    page.escape()
    page.update()
    assert {table for table, _key in page.rows} == {"ingest"}


def test_groups_are_added_filled_and_removed(make_page, file, wait_until):
    page = make_page("groups")
    page.new_group.insert(0, "Mine")
    page._add_group()
    page.update()
    type_into(page.rows["groups", "Mine"].field, "BTC, ETH")
    page.presenter.remove_group("L2")
    page.update()
    assert ("groups", "L2") not in page.rows
    page.save.invoke()
    wait_until(lambda: dict(get_settings(file).groups).get("Mine") == ("BTC", "ETH"))
    assert "L2" not in get_settings(file).groups


def test_a_password_is_hidden_until_asked_for(make_page):
    page = make_page("source")
    field = page.rows["source", "proxy"].field
    assert field.cget("show") == "\u2022"
    page.rows["source", "proxy"]._reveal()
    assert field.cget("show") == ""


def test_a_broken_file_is_explained_and_can_be_mended(make_page, file, wait_until):
    page = make_page()
    text = file.read_text("utf-8")
    file.write_text("[ui\n", "utf-8")
    page.refresh()
    wait_until(lambda: page._broken is not None)
    file.write_text(text, "utf-8")
    page._broken.buttons[0].invoke()
    wait_until(lambda: page._broken is None)


def test_folders_are_opened(make_page):
    page = make_page()
    opened = []
    shell = dataclasses.replace(page.context.shell, open_folder=opened.append)
    page.context = dataclasses.replace(page.context, shell=shell)
    page._open_file()
    page._open("data_root")
    page._open("logs")
    paths = page.context.bridge.settings.paths
    assert opened == [page.presenter.file, paths.data_root, paths.logs]
