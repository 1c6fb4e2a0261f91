"""The order of the largest symbols: one for the same facts, joined of two ranks, complete."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from threadx.data.ranking import Basis, Candidate, Ranking, ranked
from threadx.exchange.markets import CoinMarket


def candidate(base, volume, cap=None):
    coin = None if cap is None else CoinMarket(base.lower(), base, base, 1.0, cap, None, None)
    return Candidate(f"{base}USDC", base, "USDC", volume, 1.0, coin)


def order(*candidates):
    return [token.base for token in ranked(candidates)]


def test_both_ranks_count_the_same():
    assert order(candidate("A", 10, 300), candidate("B", 30, 100), candidate("C", 20, 200)) == ["B", "C", "A"]
    big = ranked([candidate("A", 9, 9), candidate("B", 5, 5)])[0]
    assert (big.rank, big.base, big.cap_rank, big.volume_rank, big.score) == (1, "A", 1, 1, 1.0)


def test_equal_scores_go_by_volume_then_by_name():
    assert order(candidate("A", 10, 20), candidate("B", 20, 10)) == ["B", "A"]
    assert order(candidate("Z", 10), candidate("Y", 10)) == ["Y", "Z"]


def test_an_unknown_capitalisation_takes_the_last_rank():
    tokens = ranked([candidate("A", 30), candidate("B", 20, 5), candidate("C", 10, 9)])
    assert {token.base: (token.cap_rank, token.score) for token in tokens} == {
        "A": (None, 2.0), "B": (2, 2.0), "C": (1, 2.0)}  # fmt: skip
    assert [token.base for token in tokens] == ["A", "B", "C"]
    assert "no market capitalisation known" in tokens[0].reason


def test_without_any_capitalisation_volume_decides():
    tokens = ranked([candidate("A", 1), candidate("B", 2)])
    assert [(token.base, token.score) for token in tokens] == [("B", 1.0), ("A", 2.0)]


def test_a_ranking_is_a_sequence_of_its_tokens():
    tokens = ranked([candidate("A", 2), candidate("B", 1)])
    ranking = Ranking(tokens, Basis.VOLUME, "USDC", 2, 0)
    assert ranking.symbols == ("AUSDC", "BUSDC")
    assert (len(ranking), list(ranking), ranking[0], ranking[-1:]) == (2, list(tokens), tokens[0], tokens[1:])
    assert not ranking.has_caps


bases = st.lists(st.text("ABCDEF", min_size=1, max_size=4), unique=True, max_size=12)
amounts = st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e12))


@st.composite
def markets(draw):
    return [
        candidate(base, draw(amounts), draw(st.one_of(st.none(), amounts.map(lambda x: x or None))))
        for base in draw(bases)
    ]


@given(markets(), st.randoms(use_true_random=False))
def test_the_order_is_the_same_whatever_order_the_facts_come_in(candidates, chance: random.Random):
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert ranked(shuffled) == ranked(candidates)


@given(markets())
def test_everyone_is_ranked_once_and_scores_never_fall(candidates):
    tokens = ranked(candidates)
    assert sorted(token.symbol for token in tokens) == sorted(each.symbol for each in candidates)
    assert [token.rank for token in tokens] == list(range(1, len(tokens) + 1))
    assert [token.score for token in tokens] == sorted(token.score for token in tokens)


@given(markets())
def test_who_is_larger_in_both_never_stands_behind(candidates):
    tokens = ranked(candidates)
    for before, after in pairwise(tokens):
        both_known = before.market_cap is not None and after.market_cap is not None
        assert not (both_known and after.market_cap > before.market_cap and after.volume > before.volume)
