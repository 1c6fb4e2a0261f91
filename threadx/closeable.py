"""What holds connections or threads until it is closed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

__all__ = ["Closeable"]


class Closeable(ABC):
    """Closed by `close`, or at the end of a `with`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything that was opened here. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()
