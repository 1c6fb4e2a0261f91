"""`convert`: take bars that other tools left in files into the bank; with `--dry-run` only say what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from threadx.bars.dates import text_of
from threadx.bridge.legacy_words import form, remarks, set_aside
from threadx.commands.request import Request
from threadx.commands.results import Block, Result, Table
from threadx.commands.words import error_lines
from threadx.data.legacy_files import ConvertReport, FileReport, FileState
from threadx.i18n import N_, _, counted, number, translated
from threadx.progress import Progress

__all__ = ["run"]

SHOWN = 3
"""Differing values of a file that are shown; `--json` has more."""

_STATES = {
    FileState.PREVIEWED: N_("to be taken"),
    FileState.IMPORTED: N_("taken"),
    FileState.COMPARED: N_("compared"),
    FileState.UP_TO_DATE: N_("up to date"),
    FileState.FAILED: N_("failed"),
}


def run(request: Request, progress: Progress) -> Result:
    """Take up the files given, or those of the legacy folder; a bad one stops no other and makes the exit code 1."""
    flags = request.flags
    report = request.engine.legacy.convert(
        flags.files or None,
        provider=flags.provider,
        compression=flags.compression,
        dry_run=flags.dry_run,
        progress=progress,
    )
    document = report.as_dict()
    errors = error_lines((each.failure, each.error, each.hint) for each in report.failed)
    return Result(document, list(_blocks(report)), 0 if report.ok else 1, errors)


def _blocks(report: ConvertReport) -> Iterator[Block]:
    known = [each for each in report.files if each.preview is not None]
    if report.dry_run:
        yield Table(_preview_headings(), [_previewed(each) for each in known])
        for each in known:
            yield from _explained(each)
    else:
        yield Table(_headings(), [_row(each) for each in known if each.taken is not None])
        for each in known:
            yield from _differences(each)
    yield _summary(report)
    yield (_("1m bars go to {provider}") if report.dry_run else _("1m bars went to {provider}")).format(
        provider=report.provider
    )


def _preview_headings() -> tuple[str, ...]:
    return (
        _("file"), _("symbol"), _("timeframe"), _("rows"), _("bars"), _("first (UTC)"), _("last (UTC)"),
        _("double"), _("gaps"), _("set aside"),
    )  # fmt: skip


def _previewed(each: FileReport) -> tuple[str | int, ...]:
    held = each.preview
    assert held is not None  # noqa: S101 - those without one are not shown
    return (
        each.path.name,
        held.symbol,
        held.timeframe,
        held.rows,
        held.bars,
        text_of(held.first_ms),
        text_of(held.last_ms),
        held.duplicates,
        held.gaps,
        held.set_aside,
    )


def _explained(each: FileReport) -> Iterator[str]:
    """Yield why a file is read as it is, and what is remarkable about it."""
    held = each.preview
    assert held is not None  # noqa: S101 - as above
    yield f"{each.path.name}: {form(held)}"
    notes = (held.timeframe_why, held.unit_why, *held.notes)
    yield "  " + "; ".join(translated(note.template, note.fields) for note in notes)
    if aside := set_aside(held):
        yield f"  {aside}"


def _headings() -> tuple[str, ...]:
    return (
        _("file"), _("state"), _("symbol"), _("timeframe"), _("provider"), _("new bars"), _("already there"),
        _("set aside"), _("remarks"),
    )  # fmt: skip


def _row(each: FileReport) -> tuple[str | int, ...]:
    held, taken = each.preview, each.taken
    assert held is not None  # noqa: S101 - as above
    assert taken is not None  # noqa: S101 - as above
    return (
        each.path.name,
        _(_STATES[each.state]),
        held.symbol,
        held.timeframe,
        taken.provider,
        taken.added,
        taken.equal,
        held.set_aside,
        "; ".join(remarks(taken)) or "-",
    )


def _differences(each: FileReport) -> Iterator[str]:
    """Yield the first values in which a file and the bank differ."""
    taken = {} if each.taken is None else each.taken.as_dict()
    for row in _first(taken.get("conflict_values")):
        yield _("{file}: {when} UTC: {column} is {value} there, {stored} in the bank").format(
            file=each.path.name,
            when=text_of(row["open_time_ms"]),
            column=row["column"],
            value=row["fetched"],
            stored=row["stored"],
        )
    for row in _first(taken.get("differing_values")):
        yield _("{file}: {when} UTC: {column} is {value} there, 1m bars give {expected}").format(
            file=each.path.name,
            when=text_of(row["open_time_ms"]),
            column=row["column"],
            value=row["actual"],
            expected=row["expected"],
        )


def _first(rows: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - what a JSON document has
    return list(rows or ())[:SHOWN]


def _summary(report: ConvertReport) -> str:
    files = counted("{count} file", "{count} files", len(report.files))
    states = ", ".join(f"{number(count)} {_(_STATES[state])}" for state in FileState if (count := report.count(state)))
    if report.dry_run:
        return _("{files}: {states}; nothing was written").format(files=files, states=states)
    return _("{files}: {states}; {bars} new bars").format(files=files, states=states, bars=number(report.added))
