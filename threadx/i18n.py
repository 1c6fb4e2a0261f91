"""Words for people in their language. English is the source text; `--json` and the log file never come here.

Catalogues are compiled gettext files under `threadx/locale`. `activate` chooses one for the whole process, once,
at start-up; until then everything is English. The engine only raises errors as English templates with fields;
`translate_error` puts them into the language at the moment they are shown.
"""

from __future__ import annotations

import gettext
import locale
import re
from collections.abc import Mapping
from pathlib import Path

from threadx.errors import ThreadXError

__all__ = [
    "LANGUAGES",
    "N_",
    "_",
    "activate",
    "counted",
    "error_text",
    "language",
    "ngettext",
    "number",
    "system_language",
    "translate_error",
    "translated",
]

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent / "locale"
_DOMAIN = "threadx"
_BEFORE_COLON = re.compile(r" (?=[:»](\W|$))|(?<=«) ")
_BEFORE_MARK = re.compile(r" (?=[;?!](\s|$))")


class _Active:
    """The one catalogue in use."""

    language = "en"
    catalogue: gettext.NullTranslations = gettext.NullTranslations()


def activate(wanted: str = "auto") -> str:
    """Use the language `wanted` ("auto": the system's) from now on, and return the one that is used.

    A language without a catalogue is English. Call it from the main thread at start-up.
    """
    name = system_language() if wanted == "auto" else wanted
    found = gettext.translation(_DOMAIN, _FOLDER, languages=[name], fallback=True)
    _Active.catalogue = found
    _Active.language = name if isinstance(found, gettext.GNUTranslations) else "en"
    return _Active.language


def language() -> str:
    """Return the language in use, "en" or "fr"."""
    return _Active.language


def system_language() -> str:
    """Return "fr" where the system speaks French, else "en". Asks the C library and leaves its setting as it was."""
    category = getattr(locale, "LC_MESSAGES", locale.LC_CTYPE)  # Windows has no LC_MESSAGES
    before = locale.setlocale(category)
    try:
        name = locale.setlocale(category, "")
    except locale.Error:  # the system names a locale that is not installed
        return "en"
    finally:
        locale.setlocale(category, before)
    return "fr" if name.lower().startswith("fr") else "en"  # "fr_FR.UTF-8", on Windows "French_France.1252"


def _(message: str) -> str:
    """Return `message` in the language in use."""
    return _unbroken(_Active.catalogue.gettext(message))


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools know
    """Mark `message` for the catalogue; it is translated later, where it is shown."""
    return message


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the form that fits `count` in the language in use."""
    return _unbroken(_Active.catalogue.ngettext(singular, plural, count))


def counted(singular: str, plural: str, count: int, **fields: object) -> str:
    """Return the form that fits `count`, which stands for {n} or {count}, filled with the other fields."""
    text = number(count)
    return ngettext(singular, plural, count).format(n=text, count=text, **fields)


def number(value: float, digits: int = 0) -> str:
    """Return `value` with grouped thousands, as the language in use writes it."""
    text = f"{value:,.{digits}f}"
    if _Active.language == "fr":
        return text.translate({ord(","): "\u202f", ord("."): ","})  # narrow no-break space
    return text


def translated(template: str, fields: Mapping[str, object]) -> str:
    """Return a template in the language in use, filled; a text without fields is taken as it is."""
    if not template:  # gettext answers "" with the catalogue's header
        return ""
    try:
        return _filled(_(template), fields)
    except (KeyError, IndexError, ValueError):  # a slip of the catalogue must not hide the text itself
        return _filled(template, fields)


def translate_error(error: ThreadXError) -> tuple[str, str]:
    """Return message and hint of `error` in the language in use; the hint is "" when there is none."""
    return translated(error.template, error.fields), translated(error.hint_template, error.fields)


def error_text(error: ThreadXError, between: str = " → ") -> str:
    """Return message and next step of `error` in the language in use, as one text."""
    return between.join(filter(None, translate_error(error)))


def _unbroken(text: str) -> str:
    """Return French with spaces that no line breaks at; catalogues have plain ones, as they are typed."""
    if _Active.language != "fr":
        return text
    return _BEFORE_COLON.sub("\u00a0", _BEFORE_MARK.sub("\u202f", text))


def _filled(template: str, fields: Mapping[str, object]) -> str:
    return template.format(**fields) if fields else template
