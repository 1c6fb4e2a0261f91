"""What every job does last, whether it was asked for by window, command line or API."""

from __future__ import annotations

import logging

from threadx.errors import StoreError
from threadx.store import Store

__all__ = ["job_ended"]

log = logging.getLogger(__name__)


def job_ended(store: Store) -> None:
    """Write the registry's files for people and other tools; a failure is logged only, for the bars are stored."""
    try:
        store.export_registry()
    except StoreError as error:
        log.warning("the registry's files were not written, the next job does: %s", error)
