"""Legacy files as rows of tables: what each holds and why it is read so, and what became of each. No Tk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from threadx.bars.dates import minute_text
from threadx.bridge.legacy_words import form, remarks, set_aside
from threadx.i18n import N_, _, counted, error_text, number, translated
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.status import size_text
from threadx.ui.presenters.table_rows import Column, Row, in_words

if TYPE_CHECKING:
    from threadx.data.legacy.preview import LegacyPreview
    from threadx.data.legacy_files import ConvertReport, FileReport

__all__ = ["PREVIEW_COLUMNS", "RESULT_COLUMNS", "explained", "import_table", "preview_row", "result_row", "totals_text"]

PREVIEW_COLUMNS = (
    Column("file", N_("File"), 150),
    Column("symbol", N_("Symbol"), 92),
    Column("timeframe", N_("Timeframe"), 70),
    Column("rows", N_("Rows"), 70, "right"),
    Column("first", N_("First (UTC)"), 122),
    Column("last", N_("Last (UTC)"), 122),
    Column("double", N_("Duplicates"), 76, "right"),
    Column("gaps", N_("Gaps"), 56, "right"),
    Column("unit", N_("Time unit"), 76),
    Column("problems", N_("Problems"), 220, stretch=True),
)
RESULT_COLUMNS = (
    Column("file", N_("File"), 150),
    Column("state", N_("Result"), 128),
    Column("symbol", N_("Symbol"), 86),
    Column("timeframe", N_("Timeframe"), 74),
    Column("added", N_("New bars"), 72, "right"),
    Column("equal", N_("There already"), 90, "right"),
    Column("conflicts", N_("Conflicts"), 70, "right"),
    Column("aside", N_("Quarantined"), 100, "right"),
    Column("remarks", N_("Remarks"), 130, stretch=True),
)
_STATES = {
    "imported": ("\u2713", N_("imported"), ""),
    "compared": ("\u2713", N_("compared only"), ""),
    "up_to_date": ("\u2013", N_("skipped, there already"), "muted"),
    "failed": ("\u2717", N_("failed"), "danger"),
    "previewed": ("\u25cb", N_("to be taken"), ""),
}


def preview_row(report: FileReport) -> Row:
    """Return what a file holds, before anything is taken from it."""
    held, name = report.preview, report.path.name
    if held is None:
        skipped = report.failure is None
        words = _("skipped, there already") if skipped else _why(report)
        blank = ("",) * 8
        return Row(
            str(report.path), (name, *blank, words), (name.casefold(), *[None] * 8, words),
            ("muted" if skipped else "danger",),
        )  # fmt: skip
    problems = "; ".join(_problems(held))
    cells = (
        name, held.symbol, held.timeframe, number(held.rows), minute_text(held.first_ms), minute_text(held.last_ms),
        number(held.duplicates), number(held.gaps), held.unit, problems,
    )  # fmt: skip
    values = (
        name.casefold(), held.symbol, held.timeframe, held.rows, held.first_ms, held.last_ms, held.duplicates,
        held.gaps, held.unit, problems,
    )  # fmt: skip
    return Row(str(report.path), cells, values, ("warning",) if held.set_aside or held.differing else ())


def _problems(held: LegacyPreview) -> Iterator[str]:
    """Yield what is odd about a file, short."""
    if held.set_aside:
        yield counted("{n} row is no bar", "{n} rows are no bars", held.set_aside)
    if held.differing:
        yield counted("{n} duplicate differs", "{n} duplicates differ", held.differing)
    if held.unsorted:
        yield counted("{n} row out of order", "{n} rows out of order", held.unsorted)
    if held.unfinished:
        yield counted("{n} unfinished bar left out", "{n} unfinished bars left out", held.unfinished)
    if held.naive:
        yield counted("{n} time without a zone", "{n} times without a zone", held.naive)


def explained(report: FileReport) -> str:
    """Return in full why a file is read as it is, or why it cannot be."""
    held = report.preview
    if held is None:
        return _why(report) or f"{report.path}\n" + _("The same content was taken before, and is still there.")
    lines = [f"{report.path} \u00b7 {size_text(held.size_bytes)}", form(held)]
    notes = (held.timeframe_why, held.unit_why, *held.notes)
    lines += [translated(note.template, note.fields) for note in notes]
    if held.gaps:
        lines.append(
            counted(
                "{n} gap, {bars} bars missing", "{n} gaps, {bars} bars missing", held.gaps, bars=number(held.missing)
            )
        )
    if aside := set_aside(held):
        lines.append(aside)
    return "\n".join([*lines, *_remarks(report)])


def result_row(report: FileReport) -> Row:
    """Return what became of a file."""
    glyph, word, tag = _STATES[str(report.state)]
    held, taken, name = report.preview, report.taken, report.path.name
    state = f"{glyph} {_(word)}"
    remarks = _why(report) or "; ".join(_remarks(report))
    words = (name, state, "" if held is None else held.symbol, "" if held is None else held.timeframe)
    counts = (
        None if taken is None else taken.added,
        None if taken is None else taken.equal,
        None if taken is None else taken.conflicts + taken.differing,
        None if held is None else held.set_aside,
    )
    cells = (*words, *("" if count is None else number(count) for count in counts), remarks)
    if not tag and (counts[2] or counts[3]):
        tag = "warning"
    return Row(str(report.path), cells, (*words, *counts, remarks), (tag,) if tag else ())


def _remarks(report: FileReport) -> Iterator[str]:
    taken = report.taken
    if taken is None:
        return
    yield from remarks(taken)
    if taken.aside:
        yield taken.aside


def _why(report: FileReport) -> str:
    return "" if report.failure is None else error_text(report.failure)


def totals_text(report: ConvertReport) -> str:
    """Return what became of all files, in a line."""
    states = [str(each.state) for each in report.files]
    files = counted("{n} file", "{n} files", len(states))
    told = [
        _("{state}: {n}").format(state=_(_STATES[state][1]), n=number(states.count(state)))
        for state in _STATES if state in states
    ]  # fmt: skip
    told.append(counted("{n} new bar", "{n} new bars", report.added))
    if report.conflicts:
        told.append(counted("{n} conflict", "{n} conflicts", report.conflicts))
    if report.set_aside:
        told.append(counted("{n} row quarantined", "{n} rows quarantined", report.set_aside))
    return " \u00b7 ".join([files, *told])


def import_table(report: ConvertReport) -> ResultTable:
    """Return what became of every file of an import."""
    rows: Sequence[Row] = [result_row(each) for each in report.files]
    return ResultTable(_("Import"), totals_text(report), in_words(RESULT_COLUMNS), tuple(rows))
