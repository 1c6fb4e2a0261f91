"""A download in a process of its own, made to be killed: says on each line how many bars it has fetched."""

from __future__ import annotations

import sys
from pathlib import Path

from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.progress import Progress, ProgressEvent


def tell(event: ProgressEvent) -> None:
    if event.unit == "bars":
        print(event.done, flush=True)


def main(folder: str, url: str, symbol: str, start: str, end: str) -> None:
    settings = Settings.under(Path(folder)).with_source(url, "demo")
    with IngestionManager(settings) as manager:
        manager.update_assets_batch([symbol], start, end, progress=Progress(tell))


if __name__ == "__main__":
    main(*sys.argv[1:])
