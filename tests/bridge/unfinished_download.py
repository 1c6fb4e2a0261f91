"""A window in a process of its own, made to be killed: starts two downloads and says when they are at work."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from threadx.bridge import JobEvent, ThreadXBridge
from threadx.config import Settings


def main(folder: str, url: str, symbols: str, start: str, end: str) -> None:
    settings = Settings.under(Path(folder)).with_source(url, "demo")
    one = dataclasses.replace(settings.ingest, workers=1)
    bridge = ThreadXBridge(dataclasses.replace(settings, ingest=one))
    bridge.download(symbols.split(","), start, end, ["4h"])
    remembered = settings.paths.data_root / ".threadx" / "jobs.json"
    while True:
        event = bridge.events.get()
        if isinstance(event, JobEvent) and event.done and remembered.exists():
            print("at work", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
