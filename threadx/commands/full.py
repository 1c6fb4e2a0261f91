"""`full`: select, download, verify, convert, indicators, in one go that can be interrupted and taken up again."""

from __future__ import annotations

from collections.abc import Iterator

from threadx.bridge.step_words import STATE_WORDS, STEP_WORDS, step_line, summary
from threadx.commands.request import Request, as_usage, choice_of, level_of, range_of, timeframes_of
from threadx.commands.results import Block, Figure, Result, Table
from threadx.commands.words import error_lines
from threadx.data.pipeline import PipelineReport, PipelineSpec
from threadx.i18n import _, number
from threadx.indicators.choices import wanted
from threadx.progress import Progress

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """Run every step; what fails in one stops no other, but that of the selection."""
    flags = request.flags
    start_ms, end_ms = range_of(request)
    words = [] if flags.indicators is None else [word.strip() for word in flags.indicators.split(",") if word.strip()]
    with as_usage():
        wanted(request.settings, words or None)
    spec = PipelineSpec(
        choice=choice_of(request),
        start_ms=start_ms,
        end_ms=end_ms,
        timeframes=timeframes_of(request) or (),
        level=level_of(request),
        indicators=tuple(words),
        include_core=flags.include_core,
        dry_run=flags.dry_run,
    )
    report = request.engine.pipeline(spec, progress)
    document = {
        "provider": request.provider,
        "dry_run": spec.dry_run,
        "resumed": report.resumed,
        "symbols": list(report.symbols),
        "steps": [each.as_dict() for each in report.steps],
    }
    errors = error_lines((each.error, "", "") for each in report.failures)
    return Result(document, list(_blocks(report, dry_run=spec.dry_run)), report.exit_code, errors)


def _blocks(report: PipelineReport, *, dry_run: bool) -> Iterator[Block]:
    if report.resumed:
        yield _("taken up where it was interrupted")
    yield Table(
        (_("step"), _("state"), _("seconds"), _("what came of it")),
        [
            (
                _(STEP_WORDS[each.step]),
                _("planned") if dry_run else _(STATE_WORDS[each.state]),
                Figure(number(each.seconds, 1)),
                step_line(each, dry_run=dry_run) or "-",
            )
            for each in report.steps
        ],
    )
    yield _("nothing was written") if dry_run else summary(report)
