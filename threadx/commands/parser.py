"""From the words of the command line to a mode and its flags. Standard library only, so that `--help` is quick."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from threadx.commands.modes import FLAGS, MODES, Flag, Mode
from threadx.errors import ConfigError
from threadx.i18n import _

__all__ = ["Words", "config_file", "help_text", "parse", "split_mode"]

PROGRAM = "threadx"
_ALONE = ("--selftest", "--version", "--help", "-h")


@dataclass(frozen=True, slots=True)
class Words:
    """What was asked. `mode` is None for `--help`, `--version` and `--selftest` alone, which `alone` then names."""

    mode: Mode | None
    flags: argparse.Namespace
    alone: str = ""


def parse(arguments: Sequence[str]) -> Words:
    """Return what `arguments` ask for; no arguments at all ask for help.

    Raises:
        ConfigError: an unknown mode or flag (the nearest right one is named), a missing or impossible value.
    """
    name, rest = split_mode(arguments)
    if name is None:
        return _without_mode(rest)
    mode = _mode(name)
    if "--help" in rest or "-h" in rest:
        return Words(mode, argparse.Namespace(), "--help")
    return Words(mode, _flags(mode, rest))


def split_mode(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the mode (`MODE`, `--mode MODE` or `--mode=MODE`, anywhere) and the other words in their order."""
    rest: list[str] = []
    mode: str | None = None
    words = iter(arguments)
    for word in words:
        if word == "--mode":
            mode = _once(mode, next(words, ""))
        elif word.startswith("--mode="):
            mode = _once(mode, word.removeprefix("--mode="))
        elif word in FLAGS and FLAGS[word].takes_value:
            rest += [word, *(value for value in [next(words, None)] if value is not None)]
        elif not word.startswith("-") and mode is None:
            mode = word
        else:
            rest.append(word)
    return mode, rest


def config_file(arguments: Sequence[str]) -> str | None:
    """Return the value of `--config` without looking at anything else: the language of an error depends on it."""
    for word, following in zip(arguments, [*arguments[1:], None], strict=True):
        if word == "--config":
            return following
        if word.startswith("--config="):
            return word.removeprefix("--config=")
    return None


def help_text(mode: Mode | None) -> str:
    """Return the help of one mode, or of the whole command line, in the language in use."""
    if mode is not None:
        usage = (
            _("usage: {program} {mode} {words} [options]") if mode.words else _("usage: {program} {mode} [options]")
        ).format(program=PROGRAM, mode=mode.name, words=_(mode.words) if mode.words else "")
        return f"{usage}\n\n{_parser(mode).format_help()}"
    width = max(len(name) for name in MODES)
    modes = "\n".join(f"  {name:<{width}}  {_(each.summary)}" for name, each in MODES.items())
    return "\n".join(
        [
            _("usage: {program} MODE [options]      (or: python3 run_tkinter.py --mode MODE [options])").format(
                program=PROGRAM
            ),
            "",
            _("ThreadX builds and keeps a trustworthy local bank of crypto bars."),
            "",
            _("modes:"),
            modes,
            "",
            _("without a mode:"),
            "              " + _("python3 run_tkinter.py opens the window; it takes --demo, --config, --data-root"),
            "  --selftest  " + _("run the whole main job offline, in a temporary folder"),
            "  --version   " + _("show the version"),
            "  --help      " + _("show this help; after a mode: the help of that mode"),
            "",
            _("exit codes: 0 done, 1 failed or some symbols failed, 2 wrong usage or settings, 3 the bars,"),
            "            " + _("4 the files of the bank, 130 cancelled"),
            "",
        ]
    )


def _once(mode: str | None, word: str) -> str:
    if not word:
        raise ConfigError("--mode: a mode is missing", hint="see: threadx --help")
    if mode is not None and mode != word:
        raise ConfigError("two modes: {first} and {second}", hint="give one", first=mode, second=word)
    return word


def _without_mode(rest: Sequence[str]) -> Words:
    for word in _ALONE:
        if word in rest:
            return Words(None, argparse.Namespace(), "--help" if word == "-h" else word)
    if rest:
        raise ConfigError("no mode given with {words}", hint="see: threadx --help", words=" ".join(rest))
    return Words(None, argparse.Namespace(), "--help")


def _mode(name: str) -> Mode:
    if name in MODES:
        return MODES[name]
    near = _nearest(name, MODES)
    if near:
        raise ConfigError("{mode}: no such mode", hint="did you mean {near}?", mode=name, near=near)
    raise ConfigError("{mode}: no such mode", hint="see: threadx --help", mode=name)


def _nearest(word: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(word, list(known), n=1)), "")


def _flags(mode: Mode, words: list[str]) -> argparse.Namespace:
    parser = _parser(mode)
    try:
        flags, unknown = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        name = error.argument_name or ""
        if error.message == "expected one argument":
            raise ConfigError(
                "{flag}: a value is missing", hint="see: threadx {mode} --help", flag=name, mode=mode.name
            ) from None
        raise ConfigError(
            "{flag}: this value cannot be used", hint="see: threadx {mode} --help", flag=name, mode=mode.name
        ) from None
    words_given = [word for word in unknown if mode.words and not word.startswith("-")]
    wrong = [word for word in unknown if word not in words_given]
    if wrong:
        _refuse(mode, wrong[0])
    flags.words = tuple(words_given)
    flags.files = tuple(map(Path, words_given))
    return flags


def _refuse(mode: Mode, word: str) -> None:
    name = word.partition("=")[0]
    if name in FLAGS:
        raise ConfigError("{mode} does not take {flag}", hint="see: threadx {mode} --help", mode=mode.name, flag=name)
    near = _nearest(name, mode.flags)
    if near:
        raise ConfigError("{word}: unknown", hint="did you mean {near}?", word=word, near=near)
    raise ConfigError("{word}: unknown", hint="see: threadx {mode} --help", word=word, mode=mode.name)


def _parser(mode: Mode) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {mode.name}",
        usage=argparse.SUPPRESS,  # argparse would write "usage:" in its own language
        description=_(mode.summary),
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    group = parser.add_argument_group(_("options"))
    for name in mode.flags:
        _add(group, FLAGS[name])
    group.add_argument("--help", action="store_true", help=_("show this help"))
    return parser


def _add(group: argparse._ArgumentGroup, flag: Flag) -> None:
    if flag.takes_value:
        group.add_argument(flag.name, metavar=flag.metavar, type=flag.convert, help=_(flag.help))
    else:
        group.add_argument(flag.name, action="store_true", help=_(flag.help))
