"""What a batch says about a symbol reads as JSON."""

from __future__ import annotations

import json

import pytest

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.data.plan import SymbolPlan
from threadx.data.report import AssetReport


def test_report_reads_as_json_with_plain_values():
    gaps = (Gap(Interval(0, 60_000), GapCause.UNKNOWN),)
    report = AssetReport("BTCUSDC", True, 5, ("1m", "1h"), gaps, 1.23456, plan=SymbolPlan("BTCUSDC", None))
    told = json.loads(json.dumps(report.as_dict()))
    assert told["gaps"] == [{"start_ms": 0, "end_ms": 60_000, "cause": "unknown"}]
    assert (told["rows"], told["timeframes"], told["seconds"], told["plan"]["rows"]) == (5, ["1m", "1h"], 1.235, 0)


def test_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        AssetReport("BTCUSDC", True).rows = 7
