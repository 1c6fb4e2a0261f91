"""Theme, language and zoom: what `paths.toml` says, unless the user chose otherwise in the window since."""

from __future__ import annotations

from threadx.config import Settings
from threadx.ui.state import BELL, WindowState
from threadx.ui.tokens import Mode

__all__ = ["Preferences"]

ZOOM_LIMITS = (0.7, 2.0)


class Preferences:
    """The choices in force. The latest change wins: one made in the window holds until the file says something new."""

    def __init__(self, settings: Settings, state: WindowState) -> None:
        self._from_file = {"theme": settings.ui.theme, "language": settings.ui.language}
        self._state = state

    @property
    def theme(self) -> str:
        """One of "auto", "light" and "dark"."""
        return self._chosen("theme", ("auto", "light", "dark"))

    @property
    def language(self) -> str:
        """One of "auto", "en" and "fr"."""
        return self._chosen("language", ("auto", "en", "fr"))

    @property
    def zoom(self) -> float:
        """1.0 is 100 %."""
        return min(max(float(self._state.get("window.zoom", 1.0)), ZOOM_LIMITS[0]), ZOOM_LIMITS[1])

    @property
    def bell(self) -> bool:
        """Whether the bell is heard when the last job has ended."""
        return bool(self._state.get(BELL, default=False))

    @bell.setter
    def bell(self, on: bool) -> None:
        self._state.set(BELL, on)

    @property
    def system(self) -> Mode:
        """The desktop's look when it was last asked: what "auto" starts with."""
        return "dark" if self._state.get("window.system") == "dark" else "light"

    def choose(self, name: str, value: str) -> None:
        """Remember a choice of "theme" or "language" that was made in the window."""
        self._state.set(f"window.{name}", {"choice": value, "over": self._from_file[name]})

    def set_zoom(self, zoom: float) -> None:
        """Remember the zoom."""
        self._state.set("window.zoom", min(max(round(zoom, 2), ZOOM_LIMITS[0]), ZOOM_LIMITS[1]))

    def set_system(self, mode: str) -> None:
        """Remember the desktop's look."""
        self._state.set("window.system", mode)

    def _chosen(self, name: str, known: tuple[str, ...]) -> str:
        made = self._state.get(f"window.{name}", {})
        if made.get("over") == self._from_file[name] and made.get("choice") in known:
            return str(made["choice"])
        return self._from_file[name]
