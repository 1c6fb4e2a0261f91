"""What came of a pipeline, as a table: a row per step, and one per symbol that failed. No Tk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from threadx.bridge.step_words import STATE_WORDS, STEP_WORDS, step_line, summary
from threadx.i18n import _, error_text
from threadx.ui.presenters.amounts import duration
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.table_rows import Column, Row

if TYPE_CHECKING:
    from threadx.data.pipeline import PipelineReport, StepReport

__all__ = ["pipeline_table"]

_GLYPHS = {"done": "\u2713", "kept": "\u2713", "partly": "!", "failed": "\u2717", "not_reached": "\u2013"}
_TAGS = {"partly": "warning", "failed": "danger", "not_reached": "muted"}


def pipeline_table(report: PipelineReport, *, dry_run: bool = False) -> ResultTable:
    """Return each step with its state, what it did and how long it took; then what failed, and the next step."""
    columns = (
        Column("step", _("Step"), 120), Column("state", _("State"), 130), Column("time", _("Time"), 80, "right"),
        Column("what", _("Result"), 400, stretch=True),
    )  # fmt: skip
    message = summary(report)
    if dry_run:
        message += "\n" + _("Nothing was written.")
    elif report.resumed:
        message += "\n" + _("It went on where it was interrupted.")
    rows = [row for number, step in enumerate(report.steps) for row in _rows(number, step, dry_run=dry_run)]
    return ResultTable(_("Pipeline"), message, columns, tuple(rows))


def _rows(number: int, step: StepReport, *, dry_run: bool) -> Iterator[Row]:
    state = step.state.value
    words = f"{_GLYPHS[state]} {_(STATE_WORDS[step.state])}"
    seconds = duration(step.seconds) if step.seconds else ""
    cells = (_(STEP_WORDS[step.step]), words, seconds, step_line(step, dry_run=dry_run))
    tag = _TAGS.get(state)
    yield Row(f"{number}", cells, (number, words, step.seconds, cells[3]), (tag,) if tag else ())
    for place, failure in enumerate(step.outcome.failures):
        why = error_text(failure.error)
        cells = ("", failure.subject, "", why)
        yield Row(f"{number}.{place}", cells, (number, failure.subject, None, why), ("danger",))
