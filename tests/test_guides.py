"""What the guides show works: their Python and their commands run, in order, against the embedded exchange."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from threadx import cli
from threadx.commands.parser import parse
from threadx.demo import DemoExchange

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = ("indicator-bank.md", "legacy.md", "snapshots.md", "universe.md")
"""Their Python runs; their commands are looked at only, because they talk of files that are not there."""
WALKED = (
    "QUICK_START.md",
    "DEMARRAGE_RAPIDE.md",
    "DATA_INGESTION_SYSTEM.md",
    "PARTITIONED_PERSISTENCE.md",
    "VALIDATING_A_BANK.md",
)
"""Every command and every piece of Python runs, in the order in which they stand."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = "python3 run_tkinter.py "


def blocks(guide: str, language: str) -> list[str]:
    found = FENCE.findall((DOCS / guide).read_text(encoding="utf-8"))
    return [body for name, body in found if name == language]


def cli_is_asked(words):
    """Whether it is a command that ends by itself: neither the window nor the self-test, which has its own test."""
    return words not in (["--demo"], [], ["--selftest"])


COMMANDS = [
    line
    for guide in (*GUIDES, *WALKED)
    for body in blocks(guide, "")
    for line in body.splitlines()
    if line.startswith(PROGRAM)
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder whose settings name an exchange on this machine for everything, and the process in it."""
    with DemoExchange(now=datetime(2024, 6, 1, 12, tzinfo=UTC), weight_limit=10**6) as exchange:
        hosts = f'rest_hosts = ["{exchange.url}"]\nmarket_cap_host = "{exchange.url}"\n'
        (tmp_path / "paths.toml").write_text(f"[source]\n{hosts}", encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        yield tmp_path


@pytest.mark.parametrize("guide", GUIDES)
def test_the_python_of_a_guide_runs(here, capsys, guide):
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(guide, "python"):
        exec(compile(block, guide, "exec"), names)
    said = {line.strip() for line in capsys.readouterr().out.splitlines()}
    promised = re.findall(r"print\(.*\) +# ([(\['a-z].*[)\]\w])$", "\n".join(blocks(guide, "python")), re.MULTILINE)
    assert {each for each in promised if each[0] in "(["} <= said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_guide_is_understood(command):
    words = shlex.split(command)[2:]
    assert not cli_is_asked(words) or parse(words).mode is not None


@pytest.mark.parametrize("guide", WALKED)
def test_a_walk_through_a_guide_meets_no_obstacle(here, capsys, guide):
    names: dict[str, object] = {"__name__": "__main__"}
    printed: list[str] = []
    for language, body in FENCE.findall((DOCS / guide).read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(body, guide, "exec"), names)
            printed += capsys.readouterr().out.splitlines()
        elif language == "":
            for words in (shlex.split(line)[2:] for line in body.splitlines() if line.startswith(PROGRAM)):
                if cli_is_asked(words):
                    assert cli.main(words) == 0, (words, capsys.readouterr().err)
    promised = re.findall(r"print\(.*\)  # (.+)$", "\n".join(blocks(guide, "python")), re.MULTILINE)
    assert set(promised) <= {line.strip() for line in printed}


def test_the_french_quick_start_shows_the_same_commands_and_code():
    english, french = (FENCE.findall((DOCS / name).read_text(encoding="utf-8")) for name in WALKED[:2])
    assert english == french


def test_the_french_quick_start_has_the_same_sections():
    english, french = (
        re.findall(r"^## (?:\d+\.)?|^\| `[^`]+`|\]\([A-Z_]+\.md\)", (DOCS / name).read_text("utf-8"), re.MULTILINE)
        for name in WALKED[:2]
    )
    assert english[1:] == french[1:]
