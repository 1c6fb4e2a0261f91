"""The largest symbols now: the exchange's pairs and volumes, CoinGecko's capitalisations, judged and put in order."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from threadx.config_model import Universe
from threadx.data.coins import CoinBook, pins_of
from threadx.data.exclusions import excluded
from threadx.data.lineage import Renaming, renamings
from threadx.data.plan import Note
from threadx.data.ranking import Basis, Candidate, Exclusion, Ranking, Token, ranked
from threadx.errors import DataNotFoundError, SourceError
from threadx.exchange.markets import CapSource, CoinMarket
from threadx.exchange.source import MarketSource, SymbolInfo, Ticker
from threadx.progress import Progress

__all__ = ["CAP_PAGES", "Judged", "Market", "judge", "look", "ordered"]

log = logging.getLogger(__name__)

CAP_PAGES = 2
"""500 coins: nearly all that have a pair. CoinGecko asks for restraint."""

DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "USDP", "DAI", "USD1", "RLUSD"})
"""Quote assets whose price is taken for a dollar: closer to it than any tolerance."""


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that was asked for one ranking, at one moment."""

    pairs: tuple[SymbolInfo, ...]
    tickers: Mapping[str, Ticker]
    coins: tuple[CoinMarket, ...]
    """() where CoinGecko could not be asked."""
    server_ms: int
    provider: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The pairs of one quote asset: those that take part, and those that do not."""

    candidates: tuple[Candidate, ...]
    excluded: tuple[Exclusion, ...]


def look(source: MarketSource, caps: CapSource, progress: Progress) -> Market:
    """Ask for everything that a ranking needs.

    Raises:
        SourceError: the exchange cannot be asked; CoinGecko alone missing is a note in the answer.
        JobCancelled: cancelled meanwhile.
    """
    pairs = tuple(source.symbols(progress))
    tickers = {ticker.symbol: ticker for ticker in source.tickers_24h(progress)}
    server_ms = source.server_time_ms(progress)
    coins: Sequence[CoinMarket] = ()
    notes: tuple[Note, ...] = ()
    try:
        coins = caps.top(CAP_PAGES, progress)
    except SourceError as error:
        log.warning("no market capitalisation: %s", error)
        notes = (Note("CoinGecko could not be asked, volume alone decides: {reason}", {"reason": str(error)}),)
    return Market(pairs, tickers, tuple(coins), server_ms, source.name, notes)


def ordered(market: Market, rules: Universe, *, quote: str, limit: int) -> Ranking:
    """Return the ranking that a market gives; pure.

    Raises:
        DataNotFoundError: there is no pair against `quote`.
    """
    if not any(pair.quote == quote for pair in market.pairs):
        raise DataNotFoundError(
            "no pair of the exchange is quoted in {quote}",
            hint="the exchange has {quotes}",
            quote=quote,
            quotes=", ".join(sorted({pair.quote for pair in market.pairs if pair.tradable})) or "-",
        )
    first = judge(market, rules, quote)
    tokens, left_out, notes = ranked(first.candidates), first.excluded, list(market.notes)
    if len(tokens) < limit:
        tokens, others, more = _filled(tokens, market, rules, quote=quote, limit=limit)
        left_out += others
        notes.append(more)
    known = any(token.market_cap is not None for token in tokens)
    if market.coins and not known:
        notes.append(Note("CoinGecko knows none of these pairs, volume alone decides"))
    return Ranking(
        tokens[:limit],
        Basis.CAP_AND_VOLUME if known else Basis.VOLUME,
        quote,
        limit,
        market.server_ms,
        market.provider,
        left_out,
        tuple(notes),
        tokens[limit:],
    )


def judge(market: Market, rules: Universe, quote: str) -> Judged:
    """Return which pairs against `quote` take part; pure."""
    dollars = _in_dollars(quote, market)
    book = CoinBook(market.coins if dollars else (), pins_of(rules.overrides), rules.price_tolerance)
    renamed = {each.old: each for each in renamings(rules.lineage)}
    candidates: list[Candidate] = []
    left_out: list[Exclusion] = []
    for pair in market.pairs:
        if pair.quote != quote:
            continue
        judged = _judged(pair, market.tickers.get(pair.symbol), book, dollars, rules, renamed)
        if isinstance(judged, Exclusion):
            left_out.append(judged)
        else:
            candidates.append(judged)
    return Judged(tuple(candidates), tuple(sorted(left_out, key=lambda each: each.symbol)))


def _judged(
    pair: SymbolInfo,
    ticker: Ticker | None,
    book: CoinBook,
    dollars: float,
    rules: Universe,
    renamed: Mapping[str, Renaming],
) -> Candidate | Exclusion:
    why = excluded(pair.base, exclude=rules.exclude, include=rules.include)
    if why is None and not pair.tradable:
        why = _not_trading(pair, renamed)
    if why is not None:
        return Exclusion(pair.symbol, pair.base, why)
    if ticker is None:
        return Exclusion(pair.symbol, pair.base, Note("the exchange tells no volume of it"))
    match = book.match(pair.base, ticker.last_price * dollars)
    if match.problem is not None:
        return Exclusion(pair.symbol, pair.base, match.problem)
    return Candidate(pair.symbol, pair.base, pair.quote, ticker.quote_volume, ticker.last_price, match.coin)


def _not_trading(pair: SymbolInfo, renamed: Mapping[str, Renaming]) -> Note:
    if pair.base in renamed:
        return Note("renamed to {new}: its bars stay under the old name", {"new": renamed[pair.base].new})
    return Note("not traded now ({status})", {"status": pair.status})


def _in_dollars(quote: str, market: Market) -> float:
    """Return what one unit of a quote asset costs in dollars; 0 where that cannot be told."""
    if quote in DOLLARS:
        return 1.0
    prices = (market.tickers.get(f"{quote}{dollar}") for dollar in ("USDT", "USDC", "FDUSD"))
    return next((ticker.last_price for ticker in prices if ticker is not None and ticker.last_price > 0), 0.0)


def _filled(
    tokens: Sequence[Token], market: Market, rules: Universe, *, quote: str, limit: int
) -> tuple[tuple[Token, ...], tuple[Exclusion, ...], Note]:
    """Return a short list with pairs of the second quote asset behind it, those left out, and what to say about it."""
    counts = {"count": str(len(tokens)), "quote": quote, "limit": str(limit)}
    second = rules.fallback_quote
    if not second or second == quote:
        return (
            tuple(tokens),
            (),
            Note(
                "{count} pairs against {quote} take part, fewer than the {limit} asked for; "
                "another quote asset (--quote USDT) or [universe] fallback_quote gives more",
                counts,
            ),
        )
    there, judged = {token.base for token in tokens}, judge(market, rules, second)
    more = ranked([each for each in judged.candidates if each.base not in there])
    left_out = tuple(each for each in judged.excluded if each.base not in there)
    moved = tuple(dataclasses.replace(each, rank=each.rank + len(tokens)) for each in more)
    added = min(len(moved), limit - len(tokens))
    return (
        (*tokens, *moved),
        left_out,
        Note(
            "{count} pairs against {quote} take part, fewer than the {limit} asked for; "
            "{added} against {second} follow",
            counts | {"added": str(added), "second": second},
        ),
    )
