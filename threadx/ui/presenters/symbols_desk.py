"""The symbols half of the Data Manager: what is offered, what is chosen, the user's lists. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from threadx.data.symbols import symbol_of
from threadx.errors import DataError, ThreadXError
from threadx.i18n import _, counted, error_text, number, translate_error, translated
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.symbol_book import Mode, SymbolBook, SymbolLine
from threadx.ui.presenters.user_lists import UserLists, read_list
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.state import WindowState

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.market import SymbolRow
    from threadx.data.ranking import Ranking

__all__ = ["TOP", "SymbolsDesk", "SymbolsView"]

TOP = 100
_SHOWN_ODD = 8


class SymbolsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_symbols(self, lines: Sequence[SymbolLine], chosen: Sequence[str]) -> None:
        """Offer these symbols and no others."""

    def update_symbols(self, lines: Sequence[SymbolLine]) -> None:
        """Show what changed about some of them."""

    def show_chosen(self, chosen: Sequence[str]) -> None:
        """Choose exactly these."""

    def show_count(self, text: str) -> None:
        """Say how many are chosen."""

    def show_mode(self, mode: Mode, groups: Sequence[str], group: str, *, own: bool) -> None:
        """Show mode and group; `own`: it is a list of the user."""

    def show_symbols_notice(self, text: str) -> None:
        """Say why symbols are missing; "" where they are not."""

    def confirm(self, title: str, message: str, yes: str, on_yes: Callable[[], None]) -> None:
        """Ask before something is done."""


class SymbolsDesk(Viewed[SymbolsView]):
    """Outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        state: WindowState,
        *,
        notify: Callable[[str], None],
        changed: Callable[[], None],
        now_ms: Callable[[], int],
        mode: Mode = Mode.SEVERAL,
        group: str = "",
    ) -> None:
        """`changed`: called when other symbols are chosen or have got bars."""
        self._bridge = bridge
        self._asking = asking
        self._notify = notify
        self._changed = changed
        self._now_ms = now_ms
        self._looking = Latest(asking, bridge.drop)
        self._look_again = False
        self._notice = ""
        self._notes = ""
        self._seen = False
        self.quote = bridge.settings.ingest.quote
        groups = {
            name: tuple(symbol_of(asset, self.quote) for asset in assets)
            for name, assets in bridge.settings.groups.items()
        }
        self.book = SymbolBook(groups, UserLists(state, groups), mode=mode, group=group)

    def attach(self, view: SymbolsView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        self.show()

    @property
    def bank_empty(self) -> bool:
        """Whether it is known that no symbol has any bar."""
        return self._seen and not self.book.stored()

    # -- symbols --------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Ask anew what the exchange lists and what is stored."""
        bridge = self._bridge
        self.look_at_bank()
        self._asking.ask(bridge.symbols, self._on_listed, self._on_not_listed)
        if self.book.mode is Mode.TOP:
            self._rank()

    def _rank(self) -> None:
        self._asking.ask(
            lambda progress: self._bridge.top_tokens(TOP, progress=progress), self._on_top, self._on_not_listed
        )

    def look_at_bank(self) -> None:
        """Ask what is stored; while that is asked, once more afterwards, however often it is called."""
        if self._looking.waiting:
            self._look_again = True
            return
        self._look_again = False
        self._looking.ask(self._bridge.stored_symbols, self._on_stored, self._on_not_listed)

    def _on_listed(self, rows: Sequence[SymbolRow]) -> None:
        self.book.set_listed(rows)
        self._notice = ""
        self.show()
        self.look_at_bank()  # the exchange took its time: bars may have come meanwhile

    def _on_not_listed(self, failure: ThreadXError) -> None:
        message, hint = translate_error(failure)
        self._notice = f"{message} → {hint}" if hint else message
        self._show_notice()

    def _on_stored(self, rows: Sequence[SymbolRow]) -> None:
        first, self._seen = not self._seen, True
        before = self.book.names
        changed = self.book.set_stored(rows)
        if first or self.book.names != before:
            self.show()
        elif changed:
            self._show_lines(changed)
            self._changed()
        if self._look_again:
            self.look_at_bank()

    def _on_top(self, ranking: Ranking) -> None:
        self.book.set_top(ranking.symbols)
        self._notes = "\n".join(translated(note.template, note.fields) for note in ranking.notes)
        self.show()

    def use_ranking(self, ranking: Ranking) -> None:
        """Offer the symbols of a ranking as the largest, and choose all of them."""
        self.book.mode = Mode.TOP
        self.book.choose(ranking.symbols)
        self._on_top(ranking)
        count = len(ranking.symbols)
        self._notify(counted("{n} symbol chosen", "{n} symbols chosen", count))

    def _show_notice(self) -> None:
        """Say why symbols are missing, and in the mode of the largest what is to be known of the ranking."""
        if self._view is not None:
            self._view.show_symbols_notice(self._notice or (self._notes if self.book.mode is Mode.TOP else ""))

    def show(self) -> None:
        """Fill the view, and say what is chosen now."""
        view, book = self._view, self.book
        if view is not None:
            view.show_mode(book.mode, book.group_names(), book.group, own=book.group in book.lists)
            view.show_symbols(book.lines(self._now_ms()), book.chosen)
            self._show_notice()
        self._chosen_changed()

    def _show_lines(self, symbols: frozenset[str]) -> None:
        if self._view is not None:
            offered, now_ms = set(self.book.members()), self._now_ms()
            self._view.update_symbols([self.book.line(each, now_ms) for each in sorted(symbols & offered)])

    def tick(self) -> None:
        """A minute has passed: bars have become older."""
        self._show_lines(frozenset(self.book.stored()))

    def set_mode(self, mode: Mode) -> None:
        """Offer other symbols."""
        self.book.mode = mode
        if mode is Mode.TOP and not self.book.ranked:
            self._rank()
        self.show()

    def set_group(self, name: str) -> None:
        """Offer the symbols of a group or list."""
        self.book.group = name
        self.set_mode(Mode.GROUP)

    def choose(self, symbols: Sequence[str]) -> None:
        """The user chose these."""
        if self.book.choose(symbols):
            self._chosen_changed()

    def choose_all(self, symbols: Sequence[str]) -> None:
        """Choose these from a button, and show it."""
        self.choose(symbols)
        if self._view is not None:
            self._view.show_chosen(self.book.chosen)

    def choose_stale(self) -> None:
        """Choose what is stored and older than a day."""
        stale = [line.symbol for line in self.book.lines(self._now_ms()) if line.stale]
        if stale:
            self.choose_all(stale)
        else:  # what is chosen stays: it was not asked to go
            self._notify(_("Nothing that is stored is older than a day"))

    def choose_quote(self) -> None:
        """Choose the pairs against the quote asset of the settings."""
        wanted = [line for line in self.book.lines(0) if line.symbol.endswith(self.quote) and line.listed]
        self.choose_all([line.symbol for line in wanted])

    def follow(self, symbols: Sequence[str]) -> None:
        """Another tab chose these: offer all symbols and choose them, unless they are chosen already."""
        if set(symbols) == set(self.book.chosen):
            self.book.choose(symbols)  # the order may be another: the first is what charts show
            return
        self.book.mode = Mode.SEVERAL
        self.book.choose(symbols)
        self.show()

    def _chosen_changed(self) -> None:
        if self._view is not None:
            self._view.show_count(f"{number(len(self.book.chosen))} / {number(len(self.book.members()))}")
        self._changed()

    # -- lists of the user ----------------------------------------------------------------------------------------

    def save_list(self, name: str) -> str:
        """Keep the chosen symbols as a list; return why not, "" on success."""
        return self._listed(lambda: self.book.lists.save(name, self.book.chosen), _("List {name} saved"))

    def rename_list(self, name: str) -> str:
        """Give the present list another name; return why not."""
        return self._listed(lambda: self.book.lists.rename(self.book.group, name), _("List renamed to {name}"))

    def delete_list(self) -> None:
        """Forget the present list, after asking."""
        name = self.book.group

        def delete() -> None:
            self.book.lists.delete(name)
            self.book.group = next(iter(self.book.group_names()), "")
            self.show()
            self._notify(_("List {name} deleted").format(name=name))

        if self._view is not None and name in self.book.lists:
            message = _("Only the list {name} goes; the bars of its symbols stay.").format(name=name)
            self._view.confirm(_("Delete the list?"), message, _("Delete"), delete)

    def import_list(self, path: Path) -> None:
        """Make a list of a text file, named as the file."""
        try:
            text = path.read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            self._notify(_("{path} cannot be read: {why}").format(path=path, why=error.strerror or error))
            return
        found = read_list(text, self.book.names, self.quote)
        words = [counted("{n} symbol", "{n} symbols", len(found.symbols))]
        odd = (*found.refused, *(found.unknown if self.book.online else ()))
        if odd:
            words.append(_("not known: {words}").format(words=", ".join(odd[:_SHOWN_ODD])))
        told = _("List {name} imported")
        problem = self._listed(lambda: self.book.lists.save(path.stem, found.symbols), told, "; ".join(words))
        if problem:
            self._notify(problem)

    def _listed(self, change: Callable[[], str], told: str, more: str = "") -> str:
        try:
            name = change()
        except DataError as error:
            return error_text(error)
        self.book.forget_choice(name)
        self.set_group(name)
        said = told.format(name=name)
        self._notify(f"{said}: {more}" if more else said)
        return ""
