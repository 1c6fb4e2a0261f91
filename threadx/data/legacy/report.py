"""What a run over legacy files says about each of them. A failure is an entry here, never a missing one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from threadx.data.legacy.preview import LegacyPreview
from threadx.data.legacy.taking import Taken
from threadx.errors import ThreadXError

__all__ = ["ConvertReport", "FileReport", "FileState"]


class FileState(StrEnum):
    """What became of a file."""

    PREVIEWED = "previewed"
    """It holds bars; nothing was written."""
    IMPORTED = "imported"
    """Its bars are in the bank."""
    COMPARED = "compared"
    """The bank derives all its bars from 1m bars; they were held against each other."""
    UP_TO_DATE = "up_to_date"
    """The same content was taken up before, and is still there."""
    FAILED = "failed"
    """Nothing was taken from it; `failure` says why."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file. Frozen, so it can cross threads."""

    path: Path
    state: FileState
    preview: LegacyPreview | None = None
    """What it holds; None where it failed or is up to date."""
    taken: Taken | None = None
    """What was done with its bars."""
    failure: ThreadXError | None = field(default=None, compare=False, repr=False)

    @property
    def error(self) -> str:
        """What is wrong with it, in English; "" unless it failed."""
        return "" if self.failure is None else self.failure.message

    @property
    def hint(self) -> str:
        """The next step, in English; may be ""."""
        return "" if self.failure is None else self.failure.hint

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "path": str(self.path),
            "state": self.state.value,
            "preview": None if self.preview is None else self.preview.as_dict(),
            "taken": None if self.taken is None else self.taken.as_dict(),
            "error": self.error,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """All files of a run, in the order in which they were worked on: 1m bars first."""

    files: tuple[FileReport, ...]
    dry_run: bool = False
    provider: str = ""
    """What 1m bars are filed under."""

    @property
    def ok(self) -> bool:
        """Whether no file failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """The files from which nothing could be taken."""
        return tuple(each for each in self.files if each.state is FileState.FAILED)

    @property
    def added(self) -> int:
        """Bars that are new in the bank."""
        return sum(each.taken.added for each in self.files if each.taken is not None)

    @property
    def conflicts(self) -> int:
        """Bars that differ from stored ones, which stayed."""
        return sum(each.taken.conflicts for each in self.files if each.taken is not None)

    @property
    def set_aside(self) -> int:
        """Rows that are no bars."""
        return sum(each.preview.set_aside for each in self.files if each.preview is not None)

    def count(self, state: FileState) -> int:
        """Return how many files are in a state."""
        return sum(each.state is state for each in self.files)

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "provider": self.provider,
            "dry_run": self.dry_run,
            "counts": {state.value: self.count(state) for state in FileState},
            "bars_added": self.added,
            "conflicts": self.conflicts,
            "set_aside": self.set_aside,
            "files": [each.as_dict() for each in self.files],
        }
