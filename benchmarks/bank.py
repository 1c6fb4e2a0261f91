"""Banks in throw-away folders, with nothing derived unless a stage asks for it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from threadx.config import Settings
from threadx.store import Store
from threadx.store.fsio import Fs

PROVIDER = "demo"


def settings_for(root: Path, *, compression: str = "lz4", timeframes: tuple[str, ...] = ()) -> Settings:
    """Return settings of a bank under `root` with these kept timeframes."""
    settings = Settings.under(root).with_data_root(root)
    return dataclasses.replace(
        settings,
        ingest=dataclasses.replace(settings.ingest, timeframes=timeframes),
        store=dataclasses.replace(settings.store, compression=compression),
    )


def open_bank(root: Path, settings: Settings | None = None, *, durable: bool = True) -> Store:
    """Return the bank under `root`; not `durable`: every step of the protocol but the disk's own flush."""
    fs = Fs() if durable else Fs(flush=lambda _: None, directory_fsync=False)
    return Store(root, settings=settings_for(root) if settings is None else settings, fs=fs)
