"""Measuring: candidates interleaved and shuffled, medians and minima, rows of a report."""

from __future__ import annotations

import gc
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

OURS = "threadx"
UNSYNCED = "threadx without fsync"
"""Ours as peers write: what the disk does later is not waited for. For information, no gate."""


class Better(StrEnum):
    """Which side of the gate is good."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report: a figure, and the gate it must reach."""

    stage: str
    figure: float
    """The ratio of medians where two candidates are compared."""
    unit: str
    """"x" for a ratio, else what is counted."""
    against: str = ""
    gate: float | None = None
    """None: shown for information."""
    better: Better = Better.MORE
    minima: float | None = None
    """The ratio of minima, where two candidates are compared."""
    on_minima: bool = False
    """The gate is held against `minima`: noisy, many-threaded peers."""
    ours_ms: float | None = None
    theirs_ms: float | None = None
    note: str = ""

    @property
    def held(self) -> float:
        """The figure that the gate looks at."""
        return self.minima if self.on_minima and self.minima is not None else self.figure

    @property
    def passed(self) -> bool | None:
        """Whether the gate is reached; None without a gate."""
        if self.gate is None:
            return None
        return self.held >= self.gate if self.better is Better.MORE else self.held <= self.gate


@dataclass(frozen=True, slots=True)
class Timing:
    """The rounds of one candidate, in seconds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def minimum(self) -> float:
        return min(self.rounds)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a stage gets: how much to do, where, and the order of chance."""

    full: bool
    folder: Path
    chance: random.Random
    clock: Callable[[], float] = field(default=time.perf_counter)

    def rounds(self, quick: int, full: int) -> int:
        """Return how often to measure."""
        return full if self.full else quick

    def measure(self, candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
        """Run every candidate once unmeasured, then `rounds` times in a new order each round.

        What lives already is frozen for the garbage collector: no candidate pays for the others' data. A folder that
        a candidate returns is removed after its time was taken.
        """
        for run in candidates.values():
            _clear(run())
        gc.collect()
        gc.freeze()
        seconds: dict[str, list[float]] = {name: [] for name in candidates}
        order = list(candidates)
        for _ in range(rounds):
            self.chance.shuffle(order)
            for name in order:
                gc.collect()
                started = self.clock()
                made = candidates[name]()
                seconds[name].append(self.clock() - started)
                _clear(made)
                del made  # or the next candidate would pay for giving this one's memory back
        gc.unfreeze()
        return {name: Timing(tuple(each)) for name, each in seconds.items()}

    @contextmanager
    def fresh_folder(self) -> Iterator[Path]:
        """Yield an empty folder that goes away afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)


def _clear(made: object) -> None:
    if isinstance(made, Path):
        shutil.rmtree(made)


def compared(
    stage: str,
    timings: Mapping[str, Timing],
    peer: str,
    *,
    gate: float | None = None,
    on_minima: bool = False,
    note: str = "",
    ours: str = OURS,
) -> Row:
    """Return how many times faster `ours` is than `peer`."""
    mine, other = timings[ours], timings[peer]
    return Row(
        stage,
        other.median / mine.median,
        "x",
        against=peer,
        gate=gate,
        minima=other.minimum / mine.minimum,
        on_minima=on_minima,
        ours_ms=mine.median * 1e3,
        theirs_ms=other.median * 1e3,
        note=note,
    )
