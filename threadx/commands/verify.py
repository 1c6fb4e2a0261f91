"""`verify`: prove that what is stored is right, and mend what the bank can mend by itself."""

from __future__ import annotations

from collections.abc import Iterator

from threadx.commands.request import Request, level_of, symbols_of
from threadx.commands.results import Block, Result, Table
from threadx.errors import StoreError
from threadx.i18n import N_, _, counted, number, translated
from threadx.progress import Progress
from threadx.store.findings import Finding, VerifyReport

__all__ = ["run"]

_SEVERITIES = {"info": N_("info"), "warning": N_("warning"), "error": N_("error")}


def run(request: Request, progress: Progress) -> Result:
    """Verify the bank or some of its symbols; what is left to do makes the exit code that of a StoreError."""
    level = level_of(request)
    chosen = _chosen(request)
    repair = request.flags.repair and not request.flags.dry_run
    report = request.engine.verify(chosen, level, progress, repair=repair, resume=not request.flags.dry_run)
    document = {
        "level": level,
        "repair": repair,
        "dry_run": request.flags.dry_run,
        "series": report.series,
        "files": report.files,
        "series_found_right_before": report.before,
        "snapshot": None if request.flags.dry_run else request.engine.publish_quality(report, chosen, progress),
        "findings": [_described(finding) for finding in report.findings],
    }
    if not report.series and not report.findings:
        return Result(document, [_("nothing stored in {folder}").format(folder=request.settings.paths.data_root)])
    return Result(document, list(_blocks(report)), 0 if report.ok else StoreError.exit_code)


def _chosen(request: Request) -> list[tuple[str | None, str | None]]:
    """Return the series that are meant, None standing for any; nothing: the whole bank."""
    provider, symbols = request.only_provider, symbols_of(request)
    if symbols:
        return [(provider, symbol) for symbol in symbols]
    return [] if provider is None else [(provider, None)]


def _described(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "provider": finding.provider,
        "symbol": finding.symbol,
        "path": finding.path,
        "message": finding.text,
        "hint": finding.next_step,
        "repairable": finding.repairable,
        "repaired": finding.repaired,
    }


def _blocks(report: VerifyReport) -> Iterator[Block]:
    headings = (_("severity"), _("where"), _("what"), _("next"))
    rows = [
        (
            _("repaired") if finding.repaired else _(_SEVERITIES[finding.severity]),
            " ".join(part for part in (finding.provider, finding.symbol, finding.path) if part),
            translated(finding.message, finding.fields),
            "" if finding.repaired else translated(finding.hint, finding.fields),
        )
        for finding in report.findings
    ]
    yield Table(headings, rows)
    if any(finding.repairable and not finding.repaired for finding in report.findings):
        yield _("some of it can be mended now: add --repair")
    if report.before:
        yield counted(
            "{count} series was found right before an interruption, and not looked at again",
            "{count} series were found right before an interruption, and not looked at again",
            report.before,
        )
    looked = counted(
        "{count} file of {series} series looked at: ",
        "{count} files of {series} series looked at: ",
        report.files,
        series=number(report.series),
    )
    yield looked + (_("all is well") if report.ok else _("something is left to do"))
