"""The dialog Ranking: the largest symbols, why they stand so, and what is left out and why. No Tk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from threadx.bars.dates import minute_text
from threadx.errors import ThreadXError
from threadx.i18n import N_, _, error_text, number, translated
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.table_rows import Column, Row

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.data.ranking import Exclusion, Ranking, Token

__all__ = ["ATTRIBUTION", "COINGECKO", "LEFT_OUT_COLUMNS", "MOST", "RANK_COLUMNS", "RankingPresenter", "RankingView"]

ATTRIBUTION = "Data by CoinGecko"
"""As CoinGecko asks to be named, in this very wording."""
COINGECKO = "https://www.coingecko.com"
MOST = 1000
_QUOTES = ("USDC", "USDT", "FDUSD", "EUR", "BTC")
_BILLION, _MILLION = 1e9, 1e6

RANK_COLUMNS = (
    Column("rank", N_("Rank"), 52, "right"),
    Column("symbol", N_("Symbol"), 104),
    Column("cap", N_("Market cap (US$)"), 116, "right"),
    Column("cap_rank", N_("by cap"), 62, "right"),
    Column("volume", N_("Volume (24 h)"), 104, "right"),
    Column("volume_rank", N_("by volume"), 76, "right"),
    Column("id", N_("CoinGecko id"), 150, stretch=True),
)
LEFT_OUT_COLUMNS = (
    Column("symbol", N_("Symbol"), 120),
    Column("base", N_("Asset"), 80),
    Column("reason", N_("Why it is left out"), 380, stretch=True),
)


class RankingView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_ranking(self, rows: Sequence[Row], left_out: Sequence[Row]) -> None:
        """Show the largest, and what is left out."""

    def show_word(self, text: str, notes: str, *, bad: bool = False) -> None:
        """Say what the order rests on, and what the reader should know."""

    def show_source(self, *, caps: bool) -> None:
        """Name CoinGecko where any figure is from there."""

    def show_ready(self, *, ready: bool) -> None:
        """Allow to use the symbols, or not."""


class RankingPresenter:
    """Lives as long as its dialog. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, asking: Asking, *, limit: int = 100) -> None:
        self._bridge = bridge
        self._looking = Latest(asking, bridge.drop)
        self._view: RankingView | None = None
        self.limit = str(limit)
        self.quote = bridge.settings.ingest.quote
        self.as_of = ""
        """A day or a time, UTC; "" is now."""
        self.ranking: Ranking | None = None

    @property
    def quotes(self) -> tuple[str, ...]:
        """Quote assets that are offered; any other can be typed."""
        return tuple(dict.fromkeys((self._bridge.settings.ingest.quote, *_QUOTES)))

    def attach(self, view: RankingView) -> None:
        """Take the view and ask for the ranking."""
        self._view = view
        self.look()

    def detach(self) -> None:
        """The view goes: answers that are still to come are not wanted."""
        self._view = None
        self._looking.cancel()

    def ask(self, limit: str, quote: str, as_of: str, *, anew: bool = False) -> None:
        """Rank where that is another question; with `anew` where it has been answered too: figures move on."""
        asked = (limit.strip(), quote.strip().upper(), as_of.strip())
        another = asked != (self.limit, self.quote, self.as_of)
        if another or (not self._looking.waiting and (anew or self.ranking is None)):
            self.limit, self.quote, self.as_of = asked
            self.look()

    def why_not(self) -> str:
        """Return why that cannot be asked; "" where it can."""
        text = self.limit
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
            return _("How many of the largest: 1 to {most}").format(most=number(MOST))
        return "" if self.quote else _("Name a quote asset, as USDC")

    def look(self) -> None:
        """Ask for the ranking; nothing is published."""
        self.ranking = None
        self._looking.cancel()
        self._show_ready()
        why = self.why_not()
        if why:
            self._say(why, bad=True)
            return
        self._say(_("Asking for the largest symbols…"))
        limit, quote, as_of = int(self.limit), self.quote, self.as_of or None
        self._looking.ask(
            lambda progress: self._bridge.top_tokens(limit, quote=quote, as_of=as_of, progress=progress),
            self._looked, self._failed,
        )  # fmt: skip

    def _looked(self, ranking: Ranking) -> None:
        self.ranking = ranking
        if self._view is not None:
            self._view.show_ranking([_ranked(each) for each in ranking], [_left_out(each) for each in ranking.excluded])
            self._view.show_source(caps=ranking.has_caps)
        basis = _("{n} symbols by {basis}, as of {when} UTC").format(
            n=number(len(ranking)), basis=_(ranking.basis.value), when=minute_text(ranking.made_ms)
        )
        told = "\n".join(translated(note.template, note.fields) for note in ranking.notes)
        self._say(f"{basis}; {_(ranking.order)}", notes=told)
        self._show_ready()

    def _failed(self, failure: ThreadXError) -> None:
        if self._view is not None:
            self._view.show_ranking((), ())
            self._view.show_source(caps=False)
        self._say(error_text(failure), bad=True)

    def _say(self, text: str, *, notes: str = "", bad: bool = False) -> None:
        if self._view is not None:
            self._view.show_word(text, notes, bad=bad)

    def _show_ready(self) -> None:
        if self._view is not None:
            self._view.show_ready(ready=self.ranking is not None and len(self.ranking) > 0)


def _ranked(token: Token) -> Row:
    cells = (
        number(token.rank), token.symbol, _money(token.market_cap), _count(token.cap_rank), _money(token.volume),
        number(token.volume_rank), token.id or "\u2014",
    )  # fmt: skip
    values = (
        token.rank, token.symbol, token.market_cap, token.cap_rank, token.volume, token.volume_rank, token.id or None
    )  # fmt: skip
    return Row(token.symbol, cells, values)


def _left_out(each: Exclusion) -> Row:
    return Row(each.symbol, (each.symbol, each.base, translated(each.reason.template, each.reason.fields)))


def _count(value: int | None) -> str:
    return "\u2014" if value is None else number(value)


def _money(value: float | None) -> str:
    """Return an amount as people read it: "1,234.5 bn", "56.7 M", "890"."""
    if value is None:
        return "\u2014"
    if value >= _BILLION:
        return _("{n} bn").format(n=number(value / _BILLION, 1))
    if value >= _MILLION:
        return _("{n} M").format(n=number(value / _MILLION, 1))
    return number(round(value))
