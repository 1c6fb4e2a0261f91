"""A ranking as files comes back as it was."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from threadx.data.plan import Note
from threadx.data.ranking import Basis, Exclusion, Ranking, Token
from threadx.data.selection import as_document, as_frame, as_old_list, of_document

names = st.text("ABC1币", min_size=1, max_size=5)
amounts = st.floats(0, 1e15)
tokens = st.builds(
    Token, rank=st.integers(1, 9), symbol=names, base=names, quote=names, id=st.text(max_size=5), name=names,
    market_cap=st.none() | amounts, cap_rank=st.none() | st.integers(1, 500), volume=amounts,
    volume_rank=st.integers(1, 500), price=amounts, score=amounts,
)  # fmt: skip
notes = st.builds(Note, st.just("{a} of b"), st.fixed_dictionaries({"a": st.text(max_size=3)}))
rankings = st.builds(
    lambda found, cut, **rest: Ranking(tokens=tuple(found[:cut]), rest=tuple(found[cut:]), limit=cut, **rest),
    st.lists(tokens, max_size=5), st.integers(0, 5), basis=st.sampled_from(Basis), quote=names,
    made_ms=st.integers(0, 4_000_000_000_000), provider=names,
    excluded=st.lists(st.builds(Exclusion, names, names, notes), max_size=2).map(tuple),
    notes=st.lists(notes, max_size=2).map(tuple),
)  # fmt: skip


@given(rankings)
def test_a_ranking_survives_its_document(ranking):
    document = json.loads(json.dumps(as_document(ranking), allow_nan=False))
    assert of_document(document, limit=ranking.limit) == ranking


@given(rankings)
def test_the_table_and_the_old_list_have_a_row_for_each_token(ranking):
    frame = as_frame(ranking)
    assert list(frame["symbol"]) == list(ranking.symbols)
    assert frame["rank"].dtype == "int64"
    assert frame["market_cap"].dtype == "float64"
    old = as_old_list(ranking)
    assert [each["symbol"] for each in old] == [token.base for token in ranking]
    assert all(each["market_cap"] is not None and each["market_cap_rank"] is not None for each in old)
