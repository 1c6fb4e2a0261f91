"""The user's lists of symbols."""

from __future__ import annotations

import pytest

from threadx.errors import DataError
from threadx.ui.presenters.user_lists import UserLists, read_list
from threadx.ui.state import WindowState


@pytest.fixture
def lists(tmp_path):
    return UserLists(WindowState.load(tmp_path), taken=("L1",))


def test_a_list_is_there_at_the_next_start(lists, tmp_path):
    lists.save(" My  coins ", ["BTCUSDC", "ETHUSDC", "BTCUSDC"])
    again = UserLists(WindowState.load(tmp_path))
    assert again.names() == ("My coins",)
    assert again.symbols("My coins") == ("BTCUSDC", "ETHUSDC")


def test_a_list_is_renamed_and_deleted(lists):
    lists.save("one", ["BTCUSDC"])
    lists.save("two", ["ETHUSDC"])
    lists.rename("one", "three")
    assert lists.names() == ("three", "two")
    lists.delete("two")
    assert lists.names() == ("three",)


@pytest.mark.parametrize(
    ("name", "reason"), [("", "needs a name"), ("L1", "group of the settings"), ("x" * 41, "longer")]
)
def test_a_name_that_cannot_be_used_is_refused(lists, name, reason):
    with pytest.raises(DataError, match=reason):
        lists.save(name, ["BTCUSDC"])


def test_a_list_without_symbols_or_with_another_ones_name_is_refused(lists):
    with pytest.raises(DataError, match="at least one symbol"):
        lists.save("empty", [])
    lists.save("one", ["BTCUSDC"])
    lists.save("two", ["BTCUSDC"])
    with pytest.raises(DataError, match="already"):
        lists.rename("one", "two")


def test_a_text_file_is_read_whatever_its_spelling():
    text = "\ufeff# mine\nbtc/usdc, ETH-USDC;SOL\n1INCHUSDC BTCUSDC\nNOSUCH  # not there\n??? x\n"
    found = read_list(text, {"BTCUSDC", "ETHUSDC", "SOLUSDC", "1INCHUSDC"}, "USDC")
    assert found.symbols == ("BTCUSDC", "ETHUSDC", "SOLUSDC", "1INCHUSDC", "NOSUCH")
    assert found.unknown == ("NOSUCH",)
    assert found.refused == ("???", "x")
