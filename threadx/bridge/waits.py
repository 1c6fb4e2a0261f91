"""Why nothing moves, in the language in use. The engine reports its reasons in English, figures already in them."""

from __future__ import annotations

import re
from functools import lru_cache

from threadx.i18n import N_, _

__all__ = ["reason"]

_REASONS = (
    N_("waiting {seconds} s, the server asked"),
    N_("waiting {seconds} s, this minute's {weight} of API weight are used"),
    N_("waiting for the first answer after the pause that the server asked for"),
    N_("waiting {seconds} s to ask again: {error}"),
    N_("refused here, asking the next host"),
    N_("waiting for {holder}"),
)
_FIELD = re.compile(r"\\{(\w+)\\}")  # a field, after re.escape


def reason(text: str) -> str:
    """Return a reason of the engine translated; one that is not known here comes back as it is."""
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return _(template).format(**found.groupdict())
    return text


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((each, re.compile(_FIELD.sub(r"(?P<\1>.+)", re.escape(each)), re.DOTALL)) for each in _REASONS)
