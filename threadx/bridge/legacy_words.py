"""What is remarkable about legacy files, in the language in use: for the command line and the window.

Takes the engine's records and loads nothing of it: a window may import these words before pandas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from threadx.i18n import _, counted, number, translated

if TYPE_CHECKING:  # the engine loads pandas and pyarrow
    from threadx.data.legacy.preview import LegacyPreview
    from threadx.data.legacy.taking import Taken

__all__ = ["form", "remarks", "set_aside"]


def form(held: LegacyPreview) -> str:
    """Return the shape of a file and its columns: "JSON objects, gzip: date, open"."""
    shape = ", ".join(each for each in (_(held.form), held.packed) if each)
    return f"{shape}: {', '.join(held.file_columns)}"


def set_aside(held: LegacyPreview) -> str:
    """Return why rows were set aside, with their counts; "" where none was."""
    if not held.reasons:
        return ""
    from threadx.data.legacy.reasons import reason_words  # noqa: PLC0415 - the engine's, loaded by now

    told = ", ".join(f"{number(count)}: {translated(*reason_words(code))}" for code, count in held.reasons)
    return _("set aside: {reasons}").format(reasons=told)


def remarks(taken: Taken) -> Iterator[str]:
    """Yield what became of a file's bars beside being taken."""
    if taken.conflicts:
        yield counted(
            "{count} bar differs from the stored one, which stays",
            "{count} bars differ from the stored ones, which stay",
            taken.conflicts,
        )
    if taken.denied:
        yield counted(
            "{count} minute left out: the exchange has none there",
            "{count} minutes left out: the exchange has none there",
            taken.denied,
        )
    if taken.compared:
        yield _("{compared} compared with 1m bars, {differing} differ").format(
            compared=number(taken.compared), differing=number(taken.differing)
        )
    if taken.stored and taken.provider == "import":
        yield _("not derived from 1m")
