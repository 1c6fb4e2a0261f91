"""The desktop around us: is it dark, and its file manager."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from threadx.errors import StoreError
from threadx.ui.tokens import Mode

__all__ = ["open_folder", "open_page", "system_mode"]

ASK_S = 20.0
"""A desktop that has just begun, or is busy, takes its time."""

log = logging.getLogger(__name__)

_opened: list[subprocess.Popen[bytes]] = []
"""File managers that were started, until they are seen to have ended."""


def system_mode() -> Mode:
    """Return the look of the desktop; light where it does not say. May take a moment: worker threads only."""
    try:
        dark = _dark()
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.debug("the desktop does not tell its look: %s", error)
        dark = False
    return "dark" if dark else "light"


def open_folder(path: Path) -> None:
    """Show a folder, or the folder of a file with the file chosen where that is possible, in the file manager.

    Returns at once.

    Raises:
        StoreError: it does not exist, or there is no file manager.
    """
    if not path.exists():
        raise StoreError("{path}: there is no such folder yet", hint="download something first", path=path)
    folder = path if path.is_dir() else path.parent
    try:
        if sys.platform == "win32":  # pragma: no cover - Windows
            command = ["explorer", str(path)] if path.is_dir() else ["explorer", f"/select,{path}"]
        elif sys.platform == "darwin":  # pragma: no cover - macOS
            command = ["open", str(path)] if path.is_dir() else ["open", "-R", str(path)]
        else:
            command = ["xdg-open", str(folder)]
        _opened[:] = [program for program in _opened if program.poll() is None]  # who has ended is let go
        _opened.append(
            subprocess.Popen(  # noqa: S603 - a fixed program and a folder of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
    except OSError as error:
        raise StoreError(
            "{path}: no file manager could be started ({reason})",
            hint="open it by hand",
            path=folder,
            reason=error.strerror,
        ) from error


def open_page(url: str) -> None:
    """Show a page in the web browser; where there is none, nothing happens."""
    import webbrowser  # noqa: PLC0415 - seldom asked for

    if not webbrowser.open(url):
        log.warning("no web browser could be started for %s", url)


def _dark() -> bool:
    if sys.platform == "win32":  # pragma: no cover - Windows
        import winreg  # noqa: PLC0415 - there is none elsewhere

        where = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, where) as key:
            return winreg.QueryValueEx(key, "AppsUseLightTheme")[0] == 0
    if sys.platform == "darwin":  # pragma: no cover - macOS
        return "dark" in _said("defaults", "read", "-g", "AppleInterfaceStyle")
    scheme = _said("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
    return "dark" in scheme or ("default" in scheme and "dark" in _said(
        "gsettings", "get", "org.gnome.desktop.interface", "gtk-theme"
    ))  # fmt: skip


def _said(*command: str) -> str:
    asked = subprocess.run(command, capture_output=True, text=True, timeout=ASK_S, check=False)  # noqa: S603 - fixed
    return asked.stdout.lower()
