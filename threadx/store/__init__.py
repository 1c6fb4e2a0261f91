"""The bank on disk: immutable objects, numbered generations, a visible tree of links. `Store` is its one door."""

from __future__ import annotations

from threadx.store.store import Store

__all__ = ["Store"]
