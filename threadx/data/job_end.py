"""What every job does last, whether it was asked for by window, command line or API."""

from __future__ import annotations

import logging
import sqlite3

from threadx.errors import StoreError
from threadx.store import Store

__all__ = ["job_ended"]

log = logging.getLogger(__name__)


def job_ended(store: Store, *, at_most: int | None = None) -> None:
    """Write the registry's files for people and other tools; a failure is logged only, for the bars are stored.

    `at_most`: leave it to the next job in a bank of more datasets. `catalog.json` is written whole, so a call made once
    per symbol would cost more with each symbol there is.
    """
    try:
        if at_most is None or store.catalog.count() <= at_most:
            store.export_registry()
    except (sqlite3.Error, OSError) as error:
        log.info("the registry's index is built anew by the next list: %s", error)
    except StoreError as error:
        log.warning("the registry's files were not written, the next job does: %s", error)
