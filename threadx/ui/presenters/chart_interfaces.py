"""What the Charts tab's presenter asks of its surroundings: bridge, pump and view, as far as it knows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from threadx.errors import ThreadXError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.ui.presenters.chart_loader import Loaded, Reading
from threadx.ui.presenters.chart_texts import Empty, Header
from threadx.ui.presenters.viewport import Viewport

__all__ = ["Asking", "ChartsView", "Dataset", "Source", "SymbolLike"]


class Asking(Protocol):
    """How questions reach worker threads: `threadx.ui.pump.Pump`."""

    def ask(
        self,
        function: Callable[[Progress], Any],
        then: Callable[[Any], None],
        failed: Callable[[ThreadXError], None] | None = None,
    ) -> int:
        """Run `function` on a worker; call `then` or `failed` on Tk's thread. Returns the request's number."""

    def forget(self, request: int) -> None:
        """Drop the answer of a question that no longer matters; its work is cancelled where that is possible."""


class SymbolLike(Protocol):
    """One row of the bridge's symbols."""

    @property
    def symbol(self) -> str:
        """Its name."""

    @property
    def tick_size(self) -> float | None:
        """Smallest price step; None when not told."""


class Dataset(Protocol):
    """One row of the bridge's inventory."""

    @property
    def provider(self) -> str:
        """Where its bars are filed."""

    @property
    def symbol(self) -> str:
        """Whose they are."""


class Source(Reading, Protocol):
    """What is needed of the bridge."""

    def inventory(self, progress: Progress = NULL_PROGRESS) -> Sequence[Dataset]:
        """Return a row per dataset."""

    @property
    def provider(self) -> str:
        """Where bars are filed."""

    def stored_symbols(self, progress: Progress = NULL_PROGRESS) -> Sequence[SymbolLike]:
        """Return what the bank holds."""

    def symbols(self, progress: Progress = NULL_PROGRESS) -> Sequence[SymbolLike]:
        """Return what the exchange lists; SourceError when offline."""


class ChartsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_bars(self, loaded: Loaded, digits: int, viewport: Viewport | None) -> None:
        """Show other bars."""

    def update_bars(self, loaded: Loaded) -> None:
        """Show more bars of the same symbol and timeframe."""

    def show_empty(self, empty: Empty) -> None:
        """Show no bars, and what to do."""

    def show_notice(self, words: str) -> None:
        """Say what is going on in a corner of the chart; "" takes it away."""

    def show_header(self, header: Header) -> None:
        """Fill the line above the chart."""

    def show_choice(self, symbol: str | None, timeframe: str) -> None:
        """Show what is chosen in the tool bar."""
