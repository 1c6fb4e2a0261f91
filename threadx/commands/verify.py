"""`verify`: prove that what is stored is right, and mend what the bank can mend by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threadx.commands.bank import open_store
from threadx.commands.request import Request, symbols_of
from threadx.commands.results import Block, Result, Table
from threadx.errors import ConfigError, StoreError
from threadx.i18n import N_, _, ngettext, number, translated
from threadx.progress import Progress
from threadx.store.findings import Finding, VerifyReport

__all__ = ["run"]

LEVELS = ("quick", "normal", "full", "deep")
_SEVERITIES = {"info": N_("info"), "warning": N_("warning"), "error": N_("error")}


def run(request: Request, progress: Progress) -> Result:
    """Verify the bank or some of its symbols; what is left to do makes the exit code that of a StoreError."""
    level = request.flags.level or "normal"
    if level not in LEVELS:
        raise ConfigError("--level: {level} is unknown", hint="give quick, normal, full or deep", level=level)
    reports = _reports(request, level, progress)
    findings = [finding for report in reports for finding in report.findings]
    series, files = sum(report.series for report in reports), sum(report.files for report in reports)
    ok = all(report.ok for report in reports)
    document = {
        "level": level,
        "repair": request.flags.repair,
        "series": series,
        "files": files,
        "findings": [_described(finding) for finding in findings],
    }
    return Result(document, list(_blocks(findings, series, files, ok=ok)), 0 if ok else StoreError.exit_code)


def _reports(request: Request, level: str, progress: Progress) -> list[VerifyReport]:
    store = open_store(request)
    provider = request.only_provider
    symbols: Sequence[str | None] = symbols_of(request) or (None,)
    return [
        store.verify(level, provider=provider, symbol=symbol, repair=request.flags.repair, progress=progress)
        for symbol in symbols
    ]


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


def _blocks(findings: Sequence[Finding], series: int, files: int, *, ok: bool) -> Iterator[Block]:
    headings = (_("severity"), _("where"), _("what"), _("next"))
    rows = [
        (
            _("repaired") if finding.repaired else _(_SEVERITIES[finding.severity]),
            " ".join(part for part in (finding.provider, finding.symbol, finding.path) if part),
            translated(finding.message, finding.fields),
            "" if finding.repaired else translated(finding.hint, finding.fields),
        )
        for finding in findings
    ]
    yield Table(headings, rows)
    if any(finding.repairable and not finding.repaired for finding in findings):
        yield _("some of it can be mended now: add --repair")
    yield ngettext(
        "{count} file of {series} series looked at: ", "{count} files of {series} series looked at: ", files
    ).format(count=number(files), series=number(series)) + (_("all is well") if ok else _("something is left to do"))
