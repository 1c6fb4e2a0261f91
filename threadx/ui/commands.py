"""The commands of the window by name, for menu and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from threadx.errors import ThreadXError
from threadx.ui import batch, desktop, help_pages
from threadx.ui.context import Page
from threadx.ui.theme import ZOOM_STEPS

if TYPE_CHECKING:
    from threadx.ui.shell import App

__all__ = ["make_commands", "open_folder"]


def make_commands(app: App) -> dict[str, Callable[[], object]]:
    """Return what each command of `shortcuts` and `menu` calls; they look at `app` when they are called."""
    paths, file = app.settings.paths, app.settings.file
    return {
        **{f"tab{number}": _tab(app, number) for number in range(1, 8)},
        "download": lambda: _in_data_manager(app, lambda page: page.download()),
        "dry_run": lambda: _in_data_manager(app, lambda page: page.dry_run()),
        "pipeline": lambda: batch.open_pipeline(app),
        "import": lambda: batch.open_import(app),
        "convert": lambda: batch.convert_now(app),
        "cancel_all": lambda: _cancel_all(app),
        "bell": app.toggle_bell,
        "find": lambda: _on_page(app, lambda page: page.find()),
        "escape": lambda: _on_page(app, lambda page: page.escape()),
        "refresh": lambda: _on_page(app, lambda page: page.refresh()),
        "settings": lambda: app.open_tab("settings"),
        "zoom_in": lambda: app.set_zoom(next((step for step in ZOOM_STEPS if step > app.theme.zoom), ZOOM_STEPS[-1])),
        "zoom_out": lambda: app.set_zoom(
            next((step for step in reversed(ZOOM_STEPS) if step < app.theme.zoom), ZOOM_STEPS[0])
        ),
        "zoom_reset": lambda: app.set_zoom(1.0),
        "theme": app.toggle_theme,
        "shortcuts": lambda: help_pages.shortcuts(app.root, app.theme),
        "about": lambda: help_pages.about(app.root, app.theme, diagnostics=app.bridge.diagnostics(), copy=app.copy),
        "copy_diagnostics": lambda: app.copy(app.bridge.diagnostics()),
        "open_data": lambda: open_folder(app, paths.data_root),
        "open_logs": lambda: open_folder(app, paths.logs),
        "open_settings_file": lambda: open_folder(app, paths.data_root.parent if file is None else file),
        "demo": lambda: app.use_demo(demo=not app.in_demo),
        "quit": app.close,
    }


def open_folder(app: App, path: Path) -> None:
    """Show a folder, or a file in its folder, in the file manager, or say why not."""
    try:
        desktop.open_folder(path)
    except ThreadXError as failure:
        app.show_failure(failure)


def _tab(app: App, number: int) -> Callable[[], None]:
    return lambda: app.book.show_number(number)


def _cancel_all(app: App) -> None:
    app.bridge.jobs.cancel_all()


def _on_page(app: App, command: Callable[[Page], None]) -> None:
    page = app.book.page(app.book.current or "")
    if page is not None:
        command(page)


def _in_data_manager(app: App, command: Callable[[Page], None]) -> None:
    app.open_tab("data_manager")
    page = app.book.page("data_manager")
    if page is not None:
        command(page)
