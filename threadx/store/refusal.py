"""What the disk refuses becomes an error with a next step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threadx.errors import StoreError

__all__ = ["as_store_error", "unwritten"]


@contextmanager
def as_store_error(template: str, **fields: object) -> Iterator[None]:
    """Turn what the system says into an error with a next step."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            template + ": {reason}",
            hint="nothing was acknowledged; check space, permissions and the disk, then try again",
            reason=str(error),
            **fields,
        ) from error


def unwritten(path: Path, error: OSError) -> StoreError:
    """Return the error of a file that could not be written."""
    return StoreError(
        "{path}: could not be written: {reason}",
        hint="check the folder's permissions and the free space",
        path=path,
        reason=error.strerror or os.fspath(path),
    )
