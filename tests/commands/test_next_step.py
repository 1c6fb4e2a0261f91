"""Commands told to run mean the bank and the source of the call that tells them."""

from __future__ import annotations

import argparse

import pytest

from threadx.commands.next_step import completed, completed_result
from threadx.commands.parser import parse
from threadx.commands.results import Result, Table


def flags_of(*words):
    return parse(words).flags


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (("gaps",), "run: threadx download", "run: threadx download"),
        (("gaps", "--demo"), "run: threadx download --symbols A", "run: threadx download --demo --symbols A"),
        (("gaps", "--demo"), "threadx undo takes it back", "threadx undo --demo takes it back"),
        (("gaps", "--demo"), "see: threadx snapshot list", "see: threadx snapshot list --demo"),
        (("gaps", "--source", "http://127.0.0.1:1"), "threadx list.", "threadx list --source http://127.0.0.1:1."),
        (("gaps", "--data-root", "a b"), "threadx verify", 'threadx verify --data-root "a b"'),
        (("gaps", "--config", "x.toml", "--json"), "threadx verify", "threadx verify --config x.toml"),
        (
            ("gaps", "--provider", "kraken"),
            "threadx verify; threadx list",
            "threadx verify --provider kraken; threadx list",
        ),
        (("gaps", "--demo"), "threadx undo --provider kraken", "threadx undo --provider kraken"),
        (("gaps", "--demo"), "see: threadx gaps --help", "see: threadx gaps --help"),
        (("gaps", "--demo"), "threadx listens, /opt/threadx list", "threadx listens, /opt/threadx list"),
    ],
)
def test_a_command_gets_the_flags_that_choose_bank_and_source(words, text, told):
    assert completed(text, flags_of(*words)) == told


def test_what_is_told_can_be_typed():
    told = completed("threadx snapshot create", flags_of("gaps", "--demo", "--data-root", "x"))
    flags = parse(told.split()[1:]).flags
    assert (flags.demo, str(flags.data_root), flags.words) == (True, "x", ("create",))


def test_flags_that_are_not_known_add_nothing():
    assert completed("threadx list", argparse.Namespace()) == "threadx list"


def test_a_flag_that_a_mode_does_not_take_is_left_out():
    assert completed("threadx demo-exchange", flags_of("gaps", "--demo")) == "threadx demo-exchange"


def test_every_part_of_a_result_is_completed():
    hint, told = "run: threadx list", "run: threadx list --demo"
    document = {"hint": hint, "path": hint, "rows": [{"hint": hint, "n": 1}]}
    result = completed_result(
        Result(document, [hint, Table(("next",), [(hint, 1)])], 1, [hint]), flags_of("gaps", "--demo")
    )
    assert result.document == {"hint": told, "path": hint, "rows": [{"hint": told, "n": 1}]}
    assert (result.blocks[0], result.blocks[1].rows, result.errors) == (told, [(told, 1)], [told])
