"""Presenters outlive their views, which are built anew when theme or language change. No tkinter."""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Viewed"]

View = TypeVar("View")


class Viewed(Generic[View]):
    """Has one view, or none while it is built anew. Tk thread only."""

    _view: View | None = None

    def attach(self, view: View) -> None:
        """Take a (new) view; who inherits fills it with what is known."""
        self._view = view

    def detach(self, view: View) -> None:
        """Forget a view that goes, unless another one took its place already."""
        if self._view is view:
            self._view = None
