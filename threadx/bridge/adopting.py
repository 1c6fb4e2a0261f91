"""Which changed settings act while the program runs: whatever nothing that is open was made of."""

from __future__ import annotations

import dataclasses

from threadx.config import Settings

__all__ = ["acts_at_once", "adopted"]

_TABLES = ("ingest", "store", "groups", "universe", "workers", "cluster", "indicators", "logging")
_KEYS = (("limits", "weight_share"),)


def acts_at_once(table: str, key: str) -> bool:
    """Return whether a changed value of `[table] key` acts without a new start."""
    return table in _TABLES or (table, key) in _KEYS


def adopted(settings: Settings, changed: Settings) -> Settings:
    """Return `settings` with what of `changed` can act at once; source and folders stay."""
    whole = {name: getattr(changed, name) for name in _TABLES}
    limits = dataclasses.replace(settings.limits, weight_share=changed.limits.weight_share)
    return dataclasses.replace(settings, **whole, limits=limits)
