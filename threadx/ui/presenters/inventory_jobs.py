"""What the Inventory tab had done and how it ended, as one line for the status bar. No Tk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.i18n import _, counted, error_text, number
from threadx.ui.presenters.status import size_text

if TYPE_CHECKING:
    from threadx.data.export import Exported
    from threadx.store.findings import VerifyReport

__all__ = ["outcome"]


def outcome(event: JobEvent) -> str:
    """Return how a job of the Inventory tab ended, in words; "" for what speaks for itself."""
    name = subject(event)
    if event.state is JobState.CANCELLED:
        return _("{subject}: cancelled").format(subject=name)
    if event.failure is not None:
        return error_text(event.failure)
    result: Any = event.result
    match event.spec.kind:
        case JobKind.EXPORT:
            return _exported(result)
        case JobKind.VERIFY:
            return _verified(name, result)
        case JobKind.DELETE:
            return _("{subject}: deleted; History or Deleted brings it back").format(subject=name)
        case JobKind.UNDO:
            return _("{subject}: the last operation is undone").format(subject=name)
        case JobKind.DOWNLOAD:
            return _("{subject}: up to date").format(subject=name)
        case JobKind.IMPORT:
            return counted("{n} new bar", "{n} new bars", result.added)
        case _:
            return ""


def subject(event: JobEvent) -> str:
    """Return what a job is about: its symbol, or how many series."""
    if event.spec.subject:
        return event.spec.subject
    count = len(event.spec.series)
    if not count:
        return _("The whole bank")
    return counted("{count} symbol", "{count} symbols", count)


def _exported(files: tuple[Exported, ...]) -> str:
    size = size_text(sum(file.size_bytes for file in files))
    rows = number(sum(file.rows for file in files))
    where = files[0].path if len(files) == 1 else files[0].path.parent
    return counted(
        "{rows} rows exported to {count} file, {size}: {path}",
        "{rows} rows exported to {count} files, {size}: {path}",
        len(files),
        rows=rows,
        size=size,
        path=where,
    )


def _verified(name: str, report: VerifyReport) -> str:
    if report.ok:
        return counted(
            "{subject}: verified, nothing is wrong ({count} file)",
            "{subject}: verified, nothing is wrong ({count} files)",
            report.files,
            subject=name,
        )
    return counted(
        "{subject}: verified, {count} finding",
        "{subject}: verified, {count} findings",
        len(report.findings),
        subject=name,
    )
