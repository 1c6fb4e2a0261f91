"""The Settings tab's decisions: what is read, entered, saved, and what acts when. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from threadx.bridge.adopting import acts_at_once
from threadx.config import FILE_NAME, Settings, read_text, tables_of
from threadx.config_edit import Changes, save_changes
from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.settings_form import Name, SettingsForm
from threadx.ui.presenters.viewed import Viewed

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["SettingsPresenter", "SettingsView", "file_of"]


class SettingsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_form(self, form: SettingsForm) -> None:
        """Show all keys anew."""

    def show_state(self, message: str, *, problem: bool, can_save: bool, can_discard: bool) -> None:
        """Say how things stand beside the Save button."""

    def show_broken(self, message: str) -> None:
        """Say why there is no form: the file cannot be read."""


def file_of(settings: Settings) -> Path:
    """Return the settings file; where there is none yet, where it would be looked for."""
    return settings.paths.logs.parent / FILE_NAME if settings.file is None else settings.file


class SettingsPresenter(Viewed[SettingsView]):
    """The tab's state; it outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        *,
        notify: Callable[[str], None],
        adopted: Callable[[Settings], None] = lambda _settings: None,
    ) -> None:
        """`adopted` is told the saved settings when the bridge works with what of them can act at once."""
        self._bridge = bridge
        self._asking = asking
        self._adopted = adopted
        self._notify = notify
        self.file = file_of(bridge.settings)
        self.form: SettingsForm | None = None
        self.waiting: tuple[Name, ...] = ()
        """Keys that were saved and act at the next start."""
        self._saving = False

    def attach(self, view: SettingsView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        if self.form is None:
            self.reload()
        else:
            view.show_form(self.form)
            self._tell()

    def reload(self) -> None:
        """Read the file anew; what was entered and not saved is forgotten."""
        self._asking.ask(self._read, self._on_read, self._on_broken)

    def _read(self, _progress: Progress) -> dict[str, Any]:
        """Runs on a worker thread."""
        return tables_of(self.file, read_text(self.file)) if self.file.exists() else {}

    def _on_read(self, tables: dict[str, Any]) -> None:
        self.form = SettingsForm(self.file, tables)
        if self._view is not None:
            self._view.show_form(self.form)
        self._tell()

    def _on_broken(self, failure: ThreadXError) -> None:
        if self._view is not None:
            self._view.show_broken(error_text(failure))

    # -- what the user does ---------------------------------------------------------------------------------------

    def enter(self, name: Name, text: str) -> str:
        """Take what was entered; return what is wrong with it, or ""."""
        if self.form is None:
            return ""
        problem = self.form.enter(name, text)
        self._tell()
        return problem

    def reset(self, name: Name) -> None:
        """Put the default of a key back."""
        if self.form is not None:
            self.form.reset(name)
            self._tell()

    def discard(self) -> None:
        """Forget what was entered."""
        if self.form is not None:
            self.form.discard()
            self._redraw()

    def add_group(self, name: str) -> str:
        """Add an empty group; return what is wrong with its name, or ""."""
        problem = "" if self.form is None else self.form.add_group(name)
        if not problem:
            self._redraw()
        return problem

    def remove_group(self, name: str) -> None:
        """Remove a group."""
        if self.form is not None:
            self.form.remove_group(name)
            self._redraw()

    def save(self) -> None:
        """Write what was entered, where nothing is wrong with it."""
        form = self.form
        if form is None or not form.changed or self._wrong(form) or self._saving:
            return
        self._saving = True
        self._write(form.changes(), form.entered(), self._on_saved)

    def save_now(self, name: Name, text: str) -> None:
        """Write one key that acts at once, and only that; what else was entered stays to be saved."""
        if self.form is None or self.form.enter(name, text) or name not in self.form.changed:
            return
        self._write({name: self.form.changes()[name]}, {name: text}, self._on_one)

    def _write(
        self,
        changes: Changes,
        written: Mapping[Name, str | None],
        then: Callable[[dict[str, Any], Mapping[Name, str | None]], None],
    ) -> None:
        def write(_progress: Progress) -> tuple[Settings, dict[str, Any]]:
            settings = save_changes(self.file, changes)
            self._bridge.adopt(settings)
            return settings, tables_of(self.file, read_text(self.file))

        def saved(done: tuple[Settings, dict[str, Any]]) -> None:
            then(done[1], written)
            self._adopted(done[0])

        self._asking.ask(write, saved, self._on_refused)

    def _on_one(self, tables: dict[str, Any], written: Mapping[Name, str | None]) -> None:
        if self.form is not None:
            self.form.saved(tables, written)
        self._tell()

    def _on_saved(self, tables: dict[str, Any], written: Mapping[Name, str | None]) -> None:
        self._saving = False
        later = [name for name in written if name[0] != "ui" and not acts_at_once(*name)]
        self.waiting = tuple(dict.fromkeys((*self.waiting, *later)))
        if self.form is not None:
            self.form.saved(tables, written)
        self._redraw()
        self._notify(_("Saved to {path}").format(path=self.file))

    def _on_refused(self, failure: ThreadXError) -> None:
        self._saving = False
        message = error_text(failure)
        self._notify(message)
        if self._view is not None and self.form is not None:
            self._view.show_state(message, problem=True, can_save=True, can_discard=True)

    # -- what is said ---------------------------------------------------------------------------------------------

    def _redraw(self) -> None:
        if self._view is not None and self.form is not None:
            self._view.show_form(self.form)
        self._tell()

    @staticmethod
    def _wrong(form: SettingsForm) -> str:
        """Return what is wrong with what was entered, or ""."""
        problems = form.problems()
        if problems:
            return counted("{count} value is not allowed", "{count} values are not allowed", len(problems))
        return form.trouble()

    def _tell(self) -> None:
        form = self.form
        if self._view is None or form is None:
            return
        changed, wrong = len(form.changed), self._wrong(form)
        if wrong:
            message = wrong
        elif changed:
            message = counted("{count} change to be saved", "{count} changes to be saved", changed)
        else:
            message = self._settled()
        can_save = bool(changed) and not wrong
        self._view.show_state(message, problem=bool(wrong), can_save=can_save, can_discard=bool(changed))

    def _settled(self) -> str:
        """Return what stands beside Save when there is nothing to be saved."""
        if not self.waiting or self.form is None:
            return str(self.file)
        labels = ", ".join(self.form.label(name) for name in self.waiting)
        return _("Saved. At the next start: {settings}").format(settings=labels)
