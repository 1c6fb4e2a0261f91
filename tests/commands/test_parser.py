from __future__ import annotations

import pytest

from threadx.commands.modes import FLAGS, MODES
from threadx.commands.parser import config_file, help_text, parse, split_mode
from threadx.errors import ConfigError


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--json"],
        ["--json", "list"],
        ["--mode", "list", "--json"],
        ["--json", "--mode=list"],
        ["list", "--mode", "list", "--json"],
    ],
)
def test_the_mode_may_stand_anywhere_and_be_written_both_ways(arguments):
    words = parse(arguments)

    assert words.mode is MODES["list"]
    assert words.flags.json is True


def test_a_value_before_the_mode_is_not_taken_for_the_mode():
    assert split_mode(["--symbols", "list", "download"]) == ("download", ["--symbols", "list"])


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["downlod"], "downlod: no such mode", "did you mean download?"),
        (["zzz"], "zzz: no such mode", "see: threadx --help"),
        (["list", "--mode", "gaps"], "two modes: list and gaps", "give one"),
        (["--mode"], "--mode: a mode is missing", "see: threadx --help"),
        (["--json"], "no mode given with --json", "see: threadx --help"),
        (["list", "--port", "3"], "list does not take --port", "see: threadx list --help"),
        (["list", "--symbol", "A"], "--symbol: unknown", "did you mean --symbols?"),
        (["list", "extra"], "extra: unknown", "see: threadx list --help"),
        (["list", "--symbols"], "--symbols: a value is missing", "see: threadx list --help"),
        (["list", "--json=3"], "--json: this value cannot be used", "see: threadx list --help"),
        (["demo-exchange", "--port", "1_0"], "--port: this value cannot be used", "see: threadx demo-exchange --help"),
    ],
)
def test_wrong_usage_says_what_and_the_next_step(arguments, message, hint):
    with pytest.raises(ConfigError) as caught:
        parse(arguments)

    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == (message, hint, 2)


@pytest.mark.parametrize(("arguments", "alone"), [([], "--help"), (["-h"], "--help"), (["--version"], "--version")])
def test_help_version_and_selftest_need_no_mode(arguments, alone):
    assert parse(arguments).alone == alone


def test_help_after_a_mode_is_the_help_of_that_mode():
    words = parse(["gaps", "--help", "--nonsense"])

    assert words.alone == "--help"
    assert "--provider" in help_text(words.mode)


def test_help_names_every_mode_and_every_flag():
    top = help_text(None)

    assert all(name in top for name in MODES)
    assert all(flag in help_text(mode) for mode in MODES.values() for flag in mode.flags)
    assert {flag for mode in MODES.values() for flag in mode.flags} == set(FLAGS)


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["list", "--config", "a.toml"], "a.toml"),
        (["--config=b.toml"], "b.toml"),
        (["list"], None),
        (["--config"], None),
    ],
)
def test_the_settings_file_is_found_before_anything_else_is_read(arguments, file):
    assert config_file(arguments) == file
