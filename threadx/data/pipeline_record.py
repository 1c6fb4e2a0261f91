"""What a pipeline had done when it was interrupted: one small file beside the data.

It is an offer, not a record of truth: a file that cannot be read, that is of another pipeline or older than a day, is
none; one that cannot be written is logged. Two programs with a pipeline on one data root share it, and the last one to
finish a step writes it: all that is lost by that is time.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from threadx.data.pipeline import Outcome, PipelineSpec, Step
from threadx.store.fsio import Fs
from threadx.store.whole import write_whole

__all__ = ["PIPELINE_FILE", "VERIFY_FILE", "Parts", "PipelineRecord"]

log = logging.getLogger(__name__)

VERSION = 1
PIPELINE_FILE, VERIFY_FILE = "pipeline.json", "verify.json"
KEPT_FOR = timedelta(days=1)
"""A choice of symbols that is older than that is made anew."""
ITEMS_EVERY = timedelta(seconds=1)
"""The file is written whole: not for each of five thousand parts."""


class PipelineRecord:
    """The file. Any thread of one pipeline; a step that is done is on the disk when the call returns."""

    def __init__(
        self,
        file: Path,
        about: Mapping[str, Any] | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read nothing yet.

        Args:
            file: where.
            about: what else a run rests on, as plain JSON values (the provider, settings): another one goes on with
                nothing that was recorded.
            now: the time.
        """
        self._file = file
        self._about = dict(about or {})
        self._now = now
        self._fs = Fs()
        self._lock = threading.Lock()
        self._content: dict[str, Any] = {}
        self._written = datetime.min.replace(tzinfo=UTC)

    def recall(self, spec: PipelineSpec) -> dict[Step, Outcome]:
        """Return what an interrupted run of `spec` had done, and remember `spec` from now on."""
        with self._lock:
            wanted = spec.as_dict() | {"about": self._about}
            found = self._read(wanted)
            fresh: dict[str, Any] = {
                "version": VERSION,
                "spec": wanted,
                "began": self._now().isoformat(),
                "steps": {},
            }
            self._content = fresh if found is None else found
            steps = self._content["steps"]
            done = {step: _outcome(steps[step]["outcome"]) for step in Step if "outcome" in steps.get(step, {})}
        self._write()
        return done

    def items(self, step: Step) -> frozenset[str]:
        """Return which parts of a step are done."""
        with self._lock:
            return frozenset(self._content["steps"].get(step, {}).get("items", ()))

    def note_item(self, step: Step, item: str) -> None:
        """Remember that a part of a step is done; it is on the disk with the next one a second later, or by `save`."""
        with self._lock:
            self._content["steps"].setdefault(str(step), {}).setdefault("items", []).append(item)
            due = self._now() - self._written >= ITEMS_EVERY
        if due:
            self._write()

    def save(self) -> None:
        """Bring what is known to the disk now: the run is interrupted."""
        self._write()

    def note_step(self, step: Step, outcome: Outcome) -> None:
        """Remember that a step is done, with its figures and the symbols it chose; its parts matter no more."""
        symbols = None if outcome.symbols is None else list(outcome.symbols)
        with self._lock:
            self._content["steps"][str(step)] = {"outcome": {"figures": dict(outcome.figures), "symbols": symbols}}
        self._write()

    def forget(self) -> None:
        """Remove the file."""
        try:
            self._fs.unlink(self._file)
        except OSError as error:
            log.warning("%s: could not be removed: %s", self._file, error)

    def _read(self, spec: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            said = json.loads(self._file.read_bytes())
            same = said["version"] == VERSION and said["spec"] == spec
            fresh = self._now() - datetime.fromisoformat(said["began"]) <= KEPT_FOR
            whole = isinstance(said["steps"], dict) and all(_is_step(each) for each in said["steps"].values())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            log.warning("%s: cannot be read, the pipeline begins anew: %r", self._file, error)
            return None
        return said if same and fresh and whole else None

    def _write(self) -> None:
        with self._lock:
            data = json.dumps(self._content, indent=1).encode()
            self._written = self._now()
            try:
                write_whole(self._file, data, self._fs)
            except OSError as error:
                log.warning("%s: could not be written, an interruption would lose it: %s", self._file, error)


class Parts:
    """The parts of one step that are done, as a set."""

    def __init__(self, record: PipelineRecord, step: Step) -> None:
        """Take up what `record` has."""
        self._record = record
        self._step = step
        self._known = set(record.items(step))

    def __contains__(self, item: object) -> bool:
        return item in self._known

    def add(self, item: str) -> None:
        """Remember that one is done."""
        self._known.add(item)
        self._record.note_item(self._step, item)


def _is_step(said: Any) -> bool:  # noqa: ANN401 - any JSON value
    outcome = said.get("outcome", {"figures": {}})
    items = said.get("items", [])
    symbols = outcome.get("symbols")
    words = [*items, *(symbols if symbols is not None else ())]
    return isinstance(outcome["figures"], dict) and all(isinstance(each, str) for each in words)


def _outcome(said: Mapping[str, Any]) -> Outcome:
    symbols = said.get("symbols")
    return Outcome(said["figures"], symbols=None if symbols is None else tuple(symbols))
