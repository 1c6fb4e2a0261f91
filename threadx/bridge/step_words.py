"""What came of a pipeline's steps, in the language in use: one wording for the command line and the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from threadx.data.pipeline import PipelineReport, Step, StepReport, StepState
from threadx.i18n import N_, _, counted, number

__all__ = ["STATE_WORDS", "STEP_WORDS", "step_line", "summary"]

STEP_WORDS = {
    Step.SELECT: N_("select"),
    Step.DOWNLOAD: N_("download"),
    Step.VERIFY: N_("verify"),
    Step.CONVERT: N_("convert"),
    Step.INDICATORS: N_("indicators"),
}
STATE_WORDS = {
    StepState.DONE: N_("done"),
    StepState.PARTLY: N_("done in part"),
    StepState.FAILED: N_("failed"),
    StepState.KEPT: N_("done before"),
    StepState.NOT_REACHED: N_("not reached"),
}

_Figures = Mapping[str, Any]


def step_line(report: StepReport, *, dry_run: bool = False) -> str:
    """Return what came of a step as a short line, without its name and state; "" where nothing can be said."""
    if report.state in (StepState.FAILED, StepState.NOT_REACHED):
        return ""
    words = (_PLANNED if dry_run else _DONE)[report.step](report.outcome.figures)
    failed = len(report.outcome.failures)
    if failed:
        words += ", " + counted("{n} failed", "{n} failed", failed)
    return words


def summary(report: PipelineReport) -> str:
    """Return how many of the steps were done, in one line."""
    done = sum(each.state in (StepState.DONE, StepState.KEPT) for each in report.steps)
    return counted("{done} of {n} step done", "{done} of {n} steps done", len(report.steps), done=number(done))


def _selected(figures: _Figures) -> str:
    count = len(figures["symbols"])
    return counted("{n} symbol", "{n} symbols", count)


def _downloaded(figures: _Figures) -> str:
    count = figures["symbols"]
    return counted("{n} symbol, {bars} new bars", "{n} symbols, {bars} new bars", count, bars=number(figures["rows"]))


def _to_download(figures: _Figures) -> str:
    cost = figures["planned"]
    return counted(
        "{n} symbol: {bars} bars in {requests} requests", "{n} symbols: {bars} bars in {requests} requests",
        figures["symbols"], bars=number(cost["rows"]), requests=number(cost["requests"]),
    )  # fmt: skip


def _series(figures: _Figures) -> str:
    return counted("{n} series", "{n} series", figures["series"])


def _verified(figures: _Figures) -> str:
    looked = counted("{n} file looked at", "{n} files looked at", figures["files"])
    count = figures["findings"]
    if not count:
        return looked
    return counted("{n} finding, {looked}", "{n} findings, {looked}", count, looked=looked)


def _converted(figures: _Figures) -> str:
    count = figures["files"]
    said = counted("{n} file, {bars} new bars", "{n} files, {bars} new bars", count, bars=number(figures["added"]))
    return _filed(said, figures)


def _to_convert(figures: _Figures) -> str:
    return _filed(counted("{n} file", "{n} files", figures["files"]), figures)


def _filed(said: str, figures: _Figures) -> str:
    """Say also where files go, if there are any: with invented bars that is not where the other steps work."""
    provider = figures.get("provider")
    return _("{said}, provider {provider}").format(said=said, provider=provider) if provider else said


def _computed(figures: _Figures) -> str:
    count = figures.get("files", 0)
    return counted(
        "{n} file up to date, {computed} computed",
        "{n} files up to date, {computed} computed",
        count,
        computed=number(figures.get("computed", 0)),
    )


def _to_compute(figures: _Figures) -> str:
    count = figures["series"] * len(figures["timeframes"]) * figures["indicators"]
    return counted("{n} file", "{n} files", count)


_DONE: Mapping[Step, Callable[[_Figures], str]] = {
    Step.SELECT: _selected,
    Step.DOWNLOAD: _downloaded,
    Step.VERIFY: _verified,
    Step.CONVERT: _converted,
    Step.INDICATORS: _computed,
}
_PLANNED: Mapping[Step, Callable[[_Figures], str]] = {
    Step.SELECT: _selected,
    Step.DOWNLOAD: _to_download,
    Step.VERIFY: _series,
    Step.CONVERT: _to_convert,
    Step.INDICATORS: _to_compute,
}
