"""The months that this program merged last, kept in memory: who adds to one again and again need not read it back."""

from __future__ import annotations

import threading
from collections import OrderedDict

from threadx.bars.schema import OPEN_TIME, Columns

__all__ = ["Recent"]

_MONTHS = 4
_ROWS = 31 * 1440
"""Of one month at most: a dataset in one file may be large."""


class Recent:
    """Rows by the SHA-256 of their object: what bears that name can be nothing else. Any thread may use it.

    What was written was held against the disk then. A read never comes here: it looks at the disk as it is now.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Columns] = OrderedDict()
        self._guard = threading.Lock()

    def keep(self, sha256: str, columns: Columns) -> None:
        """Keep rows whose arrays nobody else holds, and let go of the oldest."""
        if columns[OPEN_TIME].size > _ROWS:
            return
        with self._guard:
            self._kept[sha256] = columns
            if len(self._kept) > _MONTHS:
                self._kept.popitem(last=False)

    def get(self, sha256: str) -> Columns | None:
        """Return the rows of an object, not to be changed; None where they are not kept."""
        with self._guard:
            return self._kept.get(sha256)
