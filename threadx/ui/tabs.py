"""The tabs, one line each. A tab whose page cannot be built shows why; the others live."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from threadx.ui.context import Page

__all__ = ["TABS", "Tab", "page_class"]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the notebook."""

    name: str
    """As code and the state file know it."""
    title: str
    """English; translated when drawn."""
    page: str
    """"module:class"; imported when the tab is built."""


TABS: tuple[Tab, ...] = ()


def page_class(tab: Tab) -> type[Page]:
    """Return the class of a tab's page, importing its module."""
    module, _, name = tab.page.partition(":")
    found: type[Page] = getattr(importlib.import_module(module), name)
    return found
