"""The tabs, one line each. A tab whose page cannot be built shows why; the others live."""

from __future__ import annotations

import importlib
import logging
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadx.i18n import N_
from threadx.progress import Progress
from threadx.ui.context import Page, PageContext

__all__ = ["TABS", "Tab", "load_pages", "page_class"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the notebook."""

    name: str
    """As code and the state file know it."""
    title: str
    """English; translated when drawn."""
    page: str
    """"module:class"; imported when the tab is built."""


TABS: tuple[Tab, ...] = (
    Tab("data_manager", N_("Data Manager"), "threadx.ui.data_manager:DataManagerPage"),
    Tab("charts", N_("Charts"), "threadx.ui.charts:ChartsPage"),
    Tab("inventory", N_("Inventory"), "threadx.ui.inventory:InventoryPage"),
    Tab("indicators", N_("Indicators"), "threadx.ui.indicators:IndicatorsPage"),
    Tab("snapshots", N_("Snapshots"), "threadx.ui.snapshots:SnapshotsPage"),
    Tab("logs", N_("Logs"), "threadx.ui.logs:LogsPage"),
    Tab("settings", N_("Settings"), "threadx.ui.settings:SettingsPage"),
)


def load_pages(tabs: Sequence[Tab], progress: Progress) -> None:
    """Import the modules of all pages, so that building them is quick. Worker threads."""
    for tab in tabs:
        progress.raise_if_cancelled()
        try:
            page_class(tab)
        except Exception:  # building the page meets it again, and shows it
            log.debug("the tab %s cannot be imported", tab.name, exc_info=True)


def page_class(tab: Tab) -> Callable[[tk.Misc, PageContext], Page]:
    """Return the class of a tab's page, importing its module."""
    module, _, name = tab.page.partition(":")
    found: Callable[[tk.Misc, PageContext], Page] = getattr(importlib.import_module(module), name)
    return found
