"""Real exchange bars for tests: they lie beside the project, never in it; without them such tests skip and say so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "real"
REAL: Path | None = _FOLDER if _FOLDER.is_dir() else None
needs_real = pytest.mark.skipif(
    REAL is None, reason="no folder of real exchange bars (../shared/real) beside the project"
)


def real_frame(name: str) -> pd.DataFrame:
    """Return the bars of one file, indexed by `timestamp` (UTC, ms), rows as they lie, without close time."""
    assert REAL is not None
    frame = pd.read_parquet(REAL / f"{name}.parquet")
    frame.index = pd.DatetimeIndex(
        pd.to_datetime(frame.pop("open_time"), unit="ms", utc=True).astype("datetime64[ms, UTC]"), name="timestamp"
    )
    return frame.drop(columns="close_time", errors="ignore")


def real_names(*, interval: str | None = None) -> list[str]:
    """Return the names of the files there are, without their ending; of one interval where it is given."""
    if REAL is None:
        return []
    names = sorted(path.stem for path in REAL.glob("*.parquet"))
    return [name for name in names if interval is None or name.split("_")[1] == interval]
