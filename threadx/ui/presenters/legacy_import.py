"""The wizard that imports legacy data: which files, what they hold, one job, what became of each. No Tk."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from threadx.bridge.events import JobEvent, JobState
from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text, number
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.legacy_rows import explained, preview_row, result_row, totals_text
from threadx.ui.presenters.table_rows import Row

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.data.legacy_files import ConvertReport, FileReport

__all__ = ["ImportView", "LegacyImport", "Phase"]


class Phase(StrEnum):
    """Where the wizard is. choose -> preview -> importing -> result; another choice of files goes back to preview."""

    CHOOSE = "choose"
    """Nothing to import is known."""
    LOOKING = "looking"
    """Files are being read; nothing is written."""
    PREVIEW = "preview"
    """What the files hold is shown."""
    IMPORTING = "importing"
    """The job is queued or runs."""
    RESULT = "result"
    """What became of each file is shown."""


class ImportView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_rows(self, rows: Sequence[Row], *, result: bool) -> None:
        """Show files: what they hold, or (result) what became of them."""

    def show_word(self, text: str, *, bad: bool = False) -> None:
        """Say in a line or two how it stands."""

    def show_phase(self, phase: Phase, *, ready: bool) -> None:
        """Enable what can be done; `ready`: there is something to import."""

    def show_progress(self, share: float | None) -> None:
        """Move the bar; None: not known yet."""


class LegacyImport:
    """Lives as long as its dialog. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, asking: Asking) -> None:
        self._bridge = bridge
        self._looking = Latest(asking, bridge.drop)
        self._view: ImportView | None = None
        self._reports: dict[str, FileReport] = {}
        self.paths: tuple[str, ...] = ()
        """(): the legacy folder of the settings."""
        self.provider = bridge.settings.legacy_provider
        self.phase = Phase.CHOOSE
        self.job_id: int | None = None

    def attach(self, view: ImportView) -> None:
        """Take the view and look into the legacy folder of the settings."""
        self._view = view
        self.look()

    def detach(self) -> None:
        """The view goes: answers that are still to come are not wanted."""
        self._view = None
        self._looking.cancel()

    # -- looking --------------------------------------------------------------------------------------------------

    @property
    def where(self) -> str:
        """What is imported, in words: the folder or file, or how many."""
        if not self.paths:
            return str(self._bridge.settings.paths.legacy)
        if len(self.paths) == 1:
            return self.paths[0]
        return counted("{n} file", "{n} files", len(self.paths))

    def choose(self, paths: Sequence[str]) -> None:
        """Import these files and folders; none: nothing was picked."""
        if paths and self.phase is not Phase.IMPORTING:
            self.paths = tuple(paths)
            self.look()

    def set_provider(self, name: str) -> None:
        """File 1m bars under this provider."""
        wanted = name.strip() or self._bridge.settings.legacy_provider
        if wanted != self.provider and self.phase is not Phase.IMPORTING:
            self.provider = wanted
            self.look()

    def look(self) -> None:
        """Read the files; nothing is written."""
        self._reports = {}
        self._turn(Phase.LOOKING)
        self._say(_("Reading the files…"))
        paths, provider = self.paths, self.provider
        self._looking.ask(
            lambda progress: self._bridge.preview_legacy(paths, progress, provider=provider), self._looked, self._failed
        )

    def _looked(self, reports: Sequence[FileReport]) -> None:
        self._take(reports)
        if self._view is not None:
            self._view.show_rows([preview_row(each) for each in reports], result=False)
        self._turn(Phase.PREVIEW)
        count = self._to_take
        words = [counted("{n} file", "{n} files", len(reports))]
        words.append(counted("{n} to be taken", "{n} to be taken", count))
        bars = sum(each.preview.bars for each in reports if each.preview is not None)
        words.append(counted("{n} bar", "{n} bars", bars))
        self._say(" \u00b7 ".join(words))

    def _failed(self, failure: ThreadXError) -> None:
        if self._view is not None:
            self._view.show_rows((), result=False)
        self._turn(Phase.CHOOSE)
        self._say(error_text(failure), bad=True)

    def _take(self, reports: Sequence[FileReport]) -> None:
        self._reports = {str(each.path): each for each in reports}

    @property
    def _to_take(self) -> int:
        return sum(each.preview is not None and each.taken is None for each in self._reports.values())

    def detail(self, key: str) -> str:
        """Return in full why a file is read as it is, or what is wrong with it."""
        report = self._reports.get(key)
        return "" if report is None else explained(report)

    # -- importing ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Queue the one job."""
        if self.phase is not Phase.PREVIEW or not self._to_take:
            return
        provider = "" if self.provider == self._bridge.provider else self.provider
        self.job_id = self._bridge.convert(self.paths, provider=provider)
        self._turn(Phase.IMPORTING)
        self._say(_("Importing…"))
        if self._view is not None:
            self._view.show_progress(None)

    def cancel(self) -> None:
        """Stop the job; files that were taken stay."""
        if self.job_id is not None:
            self._bridge.jobs.cancel(self.job_id)

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Hear of jobs: the one of this wizard moves the bar, and ends it."""
        for event in events:
            if event.job_id != self.job_id:
                continue
            if event.final:
                self._ended(event)
            elif self._view is not None:
                self._view.show_progress(event.share)
                if event.total:
                    told = _("{done} of {total} files")
                    self._say(told.format(done=number(event.done), total=number(event.total)))

    def _ended(self, event: JobEvent) -> None:
        self.job_id = None
        if event.state is JobState.DONE:
            report: ConvertReport = event.result  # type: ignore[assignment] # what an import gives, see JobKind
            self._take(report.files)
            if self._view is not None:
                self._view.show_rows([result_row(each) for each in report.files], result=True)
            self._turn(Phase.RESULT)
            self._say(totals_text(report), bad=bool(report.failed))
            return
        self._turn(Phase.PREVIEW)
        if event.failure is not None:
            self._say(error_text(event.failure), bad=True)
        else:
            self._say(_("Cancelled; the files that were taken stay."))

    def _turn(self, phase: Phase) -> None:
        self.phase = phase
        if self._view is not None:
            self._view.show_phase(phase, ready=phase is Phase.PREVIEW and self._to_take > 0)

    def _say(self, text: str, *, bad: bool = False) -> None:
        if self._view is not None:
            self._view.show_word(text, bad=bad)
