"""The pipeline: select, download, verify, convert, indicators, in this order, each as far as it was asked for.

Which steps run, and with what, is worked out here; what a step does comes in as a function. A run keeps a record, so
one that was interrupted goes on where it was: what the steps before it had found out is kept, the step itself goes on
with what it has not done yet. A run that has ended leaves no record: the next one looks at everything anew, and the
steps themselves do only what is new.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from threadx.data.pipeline_progress import PERCENT, step_progress
from threadx.data.report import agreed_code
from threadx.errors import JobCancelled, ThreadXError
from threadx.progress import NULL_PROGRESS, Progress

__all__ = [
    "Choice",
    "Failure",
    "Memory",
    "Outcome",
    "PipelineReport",
    "PipelineSpec",
    "Step",
    "StepFunction",
    "StepReport",
    "StepState",
    "Task",
    "plan_steps",
    "run_pipeline",
]

log = logging.getLogger(__name__)


class Step(StrEnum):
    """What a pipeline does, in its order."""

    SELECT = "select"
    """Rank the largest symbols."""
    DOWNLOAD = "download"
    """Fetch what the bank lacks of them."""
    VERIFY = "verify"
    """Look whether they are as they were written, and publish how good they are."""
    CONVERT = "convert"
    """Take in the files of other tools."""
    INDICATORS = "indicators"
    """Compute the values that the bank keeps beside the bars."""


class StepState(StrEnum):
    """How a step stands when the pipeline has ended."""

    DONE = "done"
    """All of it."""
    PARTLY = "partly"
    """Some of what it was about failed; `Outcome.failures` says what."""
    FAILED = "failed"
    """It could not be done at all."""
    KEPT = "kept"
    """The interrupted run before had done it."""
    NOT_REACHED = "not_reached"
    """A step that it needs failed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which symbols: named, a group, the largest, or (none of these) all that are stored."""

    symbols: tuple[str, ...] = ()
    group: str = ""
    top: int | None = None


@dataclass(frozen=True, slots=True)
class PipelineSpec:
    """What a pipeline shall do, as plain values. An interrupted run goes on only for the very same ones."""

    steps: tuple[Step, ...] = tuple(Step)
    choice: Choice = Choice()
    start_ms: int | None = None
    """UTC; None: per symbol the first stored bar, on an empty bank the configured history."""
    end_ms: int | None = None
    """Exclusive; None: up to the last finished bar."""
    timeframes: tuple[str, ...] = ()
    """To derive besides those the bank keeps, and those that indicators are computed of; (): as configured."""
    level: str = "normal"
    """Of the verification."""
    indicators: tuple[str, ...] = ()
    """As `ema`, `ema:20`; (): those that the settings name."""
    include_core: bool = False
    """Where the settings name them: RSI, MACD, VWAP, OBV and SMA too."""
    paths: tuple[str, ...] = ()
    """Files and folders to take in; (): the configured folder."""
    dry_run: bool = False
    only: bool = False
    """Derive no timeframe only because the settings name it."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | {
            "choice": {**values["choice"], "symbols": list(self.choice.symbols)},
            "steps": [str(step) for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that failed within a step."""

    subject: str
    """A symbol, a file; "" where the step itself failed."""
    error: ThreadXError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step says when it is done."""

    figures: Mapping[str, Any] = field(default_factory=dict)
    """What came of it, as plain JSON values with names of their own step."""
    failures: tuple[Failure, ...] = ()
    symbols: tuple[str, ...] | None = None
    """The symbols that the following steps are about; None: as before."""
    exit_code: int = 0
    """That of a command that did this step alone."""
    result: object | None = field(default=None, compare=False, repr=False)
    """The step's own report, for those who want all of it; not recorded."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one step went."""

    step: Step
    state: StepState
    outcome: Outcome = field(default_factory=Outcome)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {
            "step": str(self.step),
            "state": str(self.state),
            "seconds": round(self.seconds, 3),
            **self.outcome.figures,
            "failures": [
                {"subject": each.subject, "error": each.error.message, "hint": each.error.hint}
                for each in self.outcome.failures
            ],
        }


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """How a pipeline went, step by step in their order."""

    steps: tuple[StepReport, ...]
    symbols: tuple[str, ...]
    """Those it was about; empty where that was "all that are stored"."""
    resumed: bool = False
    """Whether it went on with an interrupted run."""

    @property
    def exit_code(self) -> int:
        """0 where every step was done; the code of the steps that were not where they agree; else 1."""
        return agreed_code(each.outcome.exit_code or 1 for each in self.steps if each.state in _BAD)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All that failed, in the order of the steps."""
        return tuple(failure for each in self.steps for failure in each.outcome.failures)

    def of(self, step: Step) -> StepReport | None:
        """Return the report of a step; None where it was not asked for."""
        return next((each for each in self.steps if each.step is step), None)


_BAD = (StepState.PARTLY, StepState.FAILED, StepState.NOT_REACHED)


class Memory(Protocol):
    """Where a run is remembered until it has ended; see `threadx.data.pipeline_record`."""

    def recall(self, spec: PipelineSpec) -> dict[Step, Outcome]:
        """Return what an interrupted run of `spec` had done; nothing where there is none."""
        ...

    def items(self, step: Step) -> frozenset[str]:
        """Return which parts of a step that run had done."""
        ...

    def note_item(self, step: Step, item: str) -> None:
        """Remember that a part of a step is done."""
        ...

    def note_step(self, step: Step, outcome: Outcome) -> None:
        """Remember that a step is done."""
        ...

    def save(self) -> None:
        """The run is interrupted."""
        ...

    def forget(self) -> None:
        """The run has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What a step's function is called with."""

    spec: PipelineSpec
    symbols: tuple[str, ...]
    """The chosen ones; () where all that are stored are meant."""
    done: frozenset[str] = frozenset()
    """Parts that an interrupted run had done, in the step's own words."""
    note: Callable[[str], None] = lambda _item: None
    """To be called with a part that is done."""


StepFunction = Callable[[Task, Progress], Outcome]


def plan_steps(spec: PipelineSpec) -> tuple[Step, ...]:
    """Return the steps that run, in order: the largest symbols must be known, and named ones need no ranking."""
    wanted = set(spec.steps)
    if spec.choice.top is not None:
        wanted.add(Step.SELECT)
    elif spec.choice.symbols or spec.choice.group:
        wanted.discard(Step.SELECT)
    return tuple(step for step in Step if step in wanted)


def run_pipeline(
    spec: PipelineSpec,
    symbols: Sequence[str],
    functions: Mapping[Step, StepFunction],
    *,
    memory: Memory | None = None,
    progress: Progress = NULL_PROGRESS,
) -> PipelineReport:
    """Run the steps of `spec`, and report on each. A step's failure stops no other, but that of the selection.

    Args:
        spec: what to do.
        symbols: what its choice names; empty where the selection, or the bank, has to say.
        functions: what each step does.
        memory: keeps what is done for the case that it is interrupted; None: a dry run.
        progress: hears "percent" of the whole, and through `about` of each step and symbol; cancels.

    Raises:
        JobCancelled: cancelled; the same spec goes on where it was.
    """
    steps = plan_steps(spec)
    kept = {} if memory is None else memory.recall(spec)
    chosen = tuple(symbols)
    reports: list[StepReport] = []
    for number, step in enumerate(steps):
        if any(each.state is StepState.FAILED and each.step is Step.SELECT for each in reports):
            report = StepReport(step, StepState.NOT_REACHED)
        elif step in kept:
            report = StepReport(step, StepState.KEPT, kept[step])
        else:
            began = time.monotonic()
            task = Task(spec, chosen) if memory is None else _task(spec, chosen, step, memory)
            part = step_progress(steps, number, len(chosen), progress)
            report = _remembered(_taken(step, functions[step], task, part, memory), memory)
            report = dataclasses.replace(report, seconds=time.monotonic() - began)
        chosen = chosen if report.outcome.symbols is None else report.outcome.symbols
        reports.append(report)
    progress.report(100, 100, PERCENT)
    if memory is not None:
        memory.forget()
    return PipelineReport(tuple(reports), chosen, resumed=bool(kept))


def _task(spec: PipelineSpec, symbols: tuple[str, ...], step: Step, memory: Memory) -> Task:
    return Task(spec, symbols, memory.items(step), lambda item: memory.note_item(step, item))


def _taken(step: Step, function: StepFunction, task: Task, progress: Progress, memory: Memory | None) -> StepReport:
    try:
        outcome = function(task, progress)
    except JobCancelled:
        if memory is not None:
            memory.save()
        raise
    except ThreadXError as error:
        log.warning("%s: %s", step, error)
        failed = Outcome(failures=(Failure("", error),), exit_code=error.exit_code)
        return StepReport(step, StepState.FAILED, failed)
    state = StepState.PARTLY if outcome.failures or outcome.exit_code else StepState.DONE
    return StepReport(step, state, outcome)


def _remembered(report: StepReport, memory: Memory | None) -> StepReport:
    if memory is not None and report.state is StepState.DONE:
        memory.note_step(report.step, report.outcome)
    return report
