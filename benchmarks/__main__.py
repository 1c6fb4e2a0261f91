"""`python -m benchmarks --quick | --full [--only NAME ...] [--json FILE] [--seed N]`: exit 1 when a gate fails."""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import Bench, Row
from benchmarks.report import document, lines, machine

STAGES = (
    "resampling",
    "validating",
    "indicators",
    "indicator_bank",
    "parsing",
    "writing",
    "reading",
    "upserting",
    "end_to_end",
    "growth",
    "listing",
    "snapshots",
    "redraw",
    "window",
)

FOLDER = Path(__file__).parent / "stages"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, write JSON; return 0, or 1 when a gate is not reached."""
    flags = _flags(argv)
    started = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="threadx-bench-") as folder:
        bench = Bench(full=flags.full, folder=Path(folder), chance=random.Random(flags.seed))
        for name in flags.only or STAGES:
            print(f"{name} ...", file=sys.stderr, end=" ", flush=True)
            began = time.monotonic()
            rows += importlib.import_module(f"benchmarks.stages.{name}").rows(bench)
            print(f"{time.monotonic() - began:.1f} s", file=sys.stderr)
    about = machine()
    setting = {"full": flags.full, "seed": flags.seed, "seconds": round(time.monotonic() - started, 1)}
    print("\n".join(lines(rows, about)))
    if flags.json is not None:
        flags.json.write_text(json.dumps(document(rows, about, setting), indent=2) + "\n", encoding="utf-8")
    return 1 if any(row.passed is False for row in rows) else 0


def _flags(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="within a minute (default)")
    size.add_argument("--full", action="store_true", help="five years everywhere, more rounds")
    parser.add_argument("--only", nargs="+", choices=STAGES, metavar="STAGE", help=", ".join(STAGES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report for machines")
    parser.add_argument("--seed", type=int, default=42, help="order of the rounds")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
