"""What recovery and verification report: one frozen record per thing found, with the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

__all__ = ["Finding", "Severity", "VerifyReport"]


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    """Put right already, or harmless; the bank is as it should be."""
    WARNING = "warning"
    """No bar is lost or wrong, but something beside the bars is: a stale index, a stray file."""
    ERROR = "error"
    """Bars are damaged, missing or wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. Message and hint are English templates filled from `fields`, as in `threadx.errors`."""

    code: str
    """One word for machines, such as "object_damaged"; stable between versions."""
    severity: Severity
    message: str
    hint: str = ""
    provider: str = ""
    symbol: str = ""
    path: str = ""
    """The file or folder, absolute; "" when none is meant."""
    repairable: bool = False
    """Whether `verify --repair` puts it right from what is stored, without the exchange."""
    repaired: bool = False
    """Whether this call did."""
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in English."""
        return self.message.format(**self.fields) if self.fields else self.message

    @property
    def next_step(self) -> str:
        """What to do next, in English; empty when nothing is left to do."""
        return self.hint.format(**self.fields) if self.fields else self.hint

    def as_repaired(self) -> Finding:
        """Return this finding, put right."""
        return replace(self, repaired=True)

    def __str__(self) -> str:
        where = " ".join(part for part in (self.provider, self.symbol, self.path) if part)
        done = " (repaired)" if self.repaired else ""
        return f"{self.severity}: {where}: {self.text}{done}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `Store.verify` found."""

    level: str
    findings: tuple[Finding, ...]
    series: int = 0
    """How many series were looked at."""
    files: int = 0
    """How many files were looked at."""
    before: int = 0
    """How many of the series an interrupted call had found right: those were not looked at again."""

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do: every finding that matters was repaired."""
        return all(finding.repaired or finding.severity is Severity.INFO for finding in self.findings)
