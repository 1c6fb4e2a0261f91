from __future__ import annotations

import gettext
import io
import locale
from string import Formatter

import pytest

from tests.catalogue import catalogue, compiled, messages, po_files, strings_of
from threadx import i18n
from threadx.bridge.waits import reason
from threadx.commands.modes import MODES
from threadx.commands.parser import help_text
from threadx.errors import DataError, DataNotFoundError, ThreadXError
from threadx.i18n import _, counted, error_text, ngettext, number, translate_error


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


# -- the catalogues ----------------------------------------------------------------------------------------------------

RAISED_AGAIN = {
    ("threadx/commands/request.py", "error.template"),
    ("threadx/data/foreign_frame.py", "error.hint"),
}
"""Texts that are no literal because another error's are passed on."""


@pytest.fixture(scope="module")
def code():
    return messages()


@pytest.fixture(scope="module", params=po_files(), ids=lambda path: path.parents[1].name)
def po(request):
    return request.param


def test_every_text_that_people_read_is_a_literal(code):
    _, unclear = code

    assert {(each.file, each.what) for each in unclear} <= RAISED_AGAIN


def test_the_catalogue_translates_every_message_of_the_code_and_no_other(code, po):
    found, _ = code
    wanted = {each.text if each.plural is None else (each.text, each.plural) for each in found}
    translated = {each.id for each in catalogue(po) if each.id and all(strings_of(each))}

    assert wanted - translated == set(), "run: python -m tests.catalogue, then translate"
    assert translated - wanted == set(), "run: python -m tests.catalogue"


def test_what_is_shipped_is_what_was_translated(po):
    shipped = gettext.GNUTranslations(io.BytesIO(po.with_suffix(".mo").read_bytes()))
    meant = gettext.GNUTranslations(io.BytesIO(compiled(catalogue(po))))

    assert shipped._catalog == meant._catalog, "run: python -m tests.catalogue"


def test_a_translation_has_exactly_the_fields_of_its_message(po):
    wrong = [
        each.id
        for each in catalogue(po)
        if each.id and any(s and fields(s) != fields(each.id) for s in strings_of(each))
    ]

    assert wrong == []


def fields(text):
    return {
        name for one in ((text,) if isinstance(text, str) else text) for _, name, _, _ in Formatter().parse(one) if name
    }


def test_a_count_is_written_as_the_language_does_in_the_form_that_fits_it():
    assert counted("{n} bar", "{n} bars", 1) == "1 bar"
    assert counted("{count} {what}", "{count} {what}s", 1234, what="bar") == "1,234 bars"
    i18n.activate("fr")
    assert counted("{count} gap, {minutes} minutes", "{count} gaps, {minutes} minutes", 1000, minutes="5").startswith(
        "1\u202f000 trous,"
    )


def test_an_error_in_one_text_leaves_no_gap_where_there_is_no_next_step():
    assert error_text(DataError("{symbol}: no bars", symbol="BTC")) == "BTC: no bars"
    assert error_text(DataError("no bars", hint="download them")) == "no bars \u2192 download them"


def test_french_is_spoken_with_its_plurals_and_numbers():
    assert i18n.activate("fr") == "fr"
    many = ngettext("{count} gap, {minutes} minutes", "{count} gaps, {minutes} minutes", 3)

    assert _("modes:") == "modes\u00a0:"
    assert many.format(count=3, minutes=number(1234)) == "3 trous, 1\u202f234 minutes"
    assert ngettext("{count} gap, {minutes} minutes", "{count} gaps, {minutes} minutes", 0).startswith("{count} trou,")
    assert number(0.5, 1) == "0,5"


def test_french_lines_do_not_break_before_their_punctuation():
    """`--help` at 80 columns began a line with a colon."""
    i18n.activate("fr")

    assert _("two modes: {first} and {second}") == "deux modes\u00a0: {first} et {second}"
    assert _("try again; a firewall may stand between").startswith("réessayez\u202f; un")
    assert _('did you mean "{near}"?') == "vouliez-vous dire «\u00a0{near}\u00a0»\u202f?"
    assert not {":", ";", "?"} & set(help_text(MODES["download"]).split(" "))


def test_an_error_is_translated_when_it_is_shown_and_stays_english_itself():
    i18n.activate("fr")
    error = DataNotFoundError("{path}: nothing stored", hint="see: threadx list", path="p")

    assert translate_error(error) == ("p\u00a0: rien d'enregistré", "voyez\u00a0: threadx list")
    assert (error.message, error.hint) == ("p: nothing stored", "see: threadx list")


def test_a_reason_to_wait_is_translated_with_its_figures():
    i18n.activate("fr")

    assert reason("waiting 12 s, the server asked") == "attente de 12 s, demandée par le serveur"


def test_help_is_french_to_the_last_line():
    i18n.activate("fr")

    assert not {"options:", "usage: threadx MODE", "show", "the"} & set(help_text(None).split())
    assert help_text(MODES["download"]).startswith("usage\u00a0: threadx download [options]")


# -- the checker itself ------------------------------------------------------------------------------------------------

SNIPPET = """
TEXT = "from a constant"
def wrapped(template, **fields):
    raise DataError(template + ": {reason}", hint=TEXT)
class Subject:
    def finding(self, code, severity, message, hint=""):
        return Finding(code, severity, message, hint)
def f(many):
    raise StoreError("one " "text", hint="first" if many else "second")
    wrapped("through a function")
    subject.finding("code", Severity.INFO, "through a method", "and its hint")
    _("shown")
    ngettext("one", "many", 2)
    raise ConfigError(f"made {up}")
"""


def test_the_checker_finds_every_way_a_text_is_given(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.py").write_text(SNIPPET)

    found, unclear = messages(package)

    texts = {each.text for each in found}
    assert texts == {
        *("one text", "first", "second", "from a constant", "through a function: {reason}", "shown", "one"),
        *("through a method", "and its hint"),
    }
    assert [each.what for each in unclear] == ["f'made {up}'"]
