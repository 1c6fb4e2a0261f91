"""What the Charts tab's presenter asks of its view."""

from __future__ import annotations

from typing import Protocol

from threadx.ui.presenters.chart_loader import Loaded
from threadx.ui.presenters.chart_texts import Empty, Header
from threadx.ui.presenters.viewport import Viewport

__all__ = ["ChartsView"]


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
