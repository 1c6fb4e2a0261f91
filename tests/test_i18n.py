from __future__ import annotations

import locale

import pytest

from threadx import i18n
from threadx.errors import DataNotFoundError, ThreadXError
from threadx.i18n import _, ngettext, number, translate_error


@pytest.fixture(autouse=True)
def english_again():
    yield
    i18n.activate("en")


def test_without_a_choice_everything_is_english():
    i18n.activate("en")

    assert i18n.language() == "en"
    assert _("modes:") == "modes:"
    assert ngettext("{count} bar", "{count} bars", 1) == "{count} bar"
    assert number(1234567.5, 1) == "1,234,567.5"


def test_an_unknown_language_is_english():
    assert i18n.activate("tlh") == "en"


def test_asking_the_system_leaves_its_locale_as_it_was():
    before = locale.setlocale(locale.LC_ALL)

    assert i18n.system_language() in i18n.LANGUAGES
    assert locale.setlocale(locale.LC_ALL) == before


def test_an_error_without_a_hint_has_none_in_any_language():
    assert translate_error(ThreadXError("plain {braces}")) == ("plain {braces}", "")


def test_an_error_keeps_its_english_text_where_the_catalogue_lacks_it():
    error = DataNotFoundError("{symbol}: zzz", hint="run {symbol}", symbol="BTCUSDC")

    assert translate_error(error) == ("BTCUSDC: zzz", "run BTCUSDC")
