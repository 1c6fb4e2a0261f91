"""What a batch call says about each symbol. A failure is an entry here, never a missing one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from threadx.errors import ThreadXError

if TYPE_CHECKING:  # the window reads this before pandas is loaded
    import pandas as pd

    from threadx.bars.gaps import Gap
    from threadx.data.plan import SymbolPlan

__all__ = ["AssetReport", "agreed_code", "exit_code", "fault"]


@dataclass(frozen=True, slots=True)
class AssetReport:
    """How one symbol went. Frozen, so it can cross threads."""

    symbol: str
    success: bool
    rows: int = 0
    """1-minute bars that are new in the bank or changed."""
    timeframes: tuple[str, ...] = ()
    """What the bank holds of the symbol now, shortest first."""
    gaps: tuple[Gap, ...] = ()
    """Minutes of the asked range that the bank lacks, each with its cause."""
    seconds: float = 0.0
    error: str = ""
    """What failed, in English; "" on success."""
    hint: str = ""
    """The next step, in English; may be ""."""
    plan: SymbolPlan | None = None
    """What was to be fetched; None where planning itself failed."""
    dry_run: bool = False
    """Only planned: nothing was fetched or written."""
    quarantined: int = 0
    """Rows of the source that break the data contract and were kept out of the bank."""
    violations: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """Those rows (timestamp, rule, column, value), the first thousand of them."""
    conflicts: int = 0
    """Stored values that the source now gives differently; the newest won."""
    failure: ThreadXError | None = field(default=None, compare=False, repr=False)
    """The error itself, for translation; None on success."""

    def as_dict(self) -> dict[str, object]:
        """Return the report for JSON; times are UTC ms."""
        return {
            "symbol": self.symbol,
            "success": self.success,
            "rows": self.rows,
            "timeframes": list(self.timeframes),
            "gaps": [
                {"start_ms": gap.interval.start_ms, "end_ms": gap.interval.end_ms, "cause": str(gap.cause)}
                for gap in self.gaps
            ],
            "seconds": round(self.seconds, 3),
            "error": self.error,
            "hint": self.hint,
            "dry_run": self.dry_run,
            "plan": None if self.plan is None else self.plan.as_dict(),
            "quarantined": self.quarantined,
            "conflicts": self.conflicts,
        }


def exit_code(reports: Mapping[str, AssetReport]) -> int:
    """Return 0 when all went well; the failures' own code when all failed alike; else 1."""
    return agreed_code(0 if each.failure is None else each.failure.exit_code for each in reports.values())


def agreed_code(codes: Iterable[int]) -> int:
    """Return the exit code that all have; 0 where there is none at all, 1 where they differ."""
    found = set(codes)
    return found.pop() if len(found) == 1 else int(bool(found))


def fault(symbol: str) -> ThreadXError:
    """Return what people are told where ThreadX itself failed at a symbol; its traceback is in the log."""
    return ThreadXError("{symbol}: a fault of ThreadX itself", hint="the log file has the details", symbol=symbol)
