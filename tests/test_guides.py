"""What the guides show works: their Python runs against the embedded exchange, their commands are commands."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from threadx.commands.parser import parse
from threadx.demo import DemoExchange

DOCS = Path(__file__).parent.parent / "docs"
GUIDES = ("indicator-bank.md", "legacy.md", "snapshots.md", "universe.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = "python3 run_tkinter.py "


def blocks(guide: str, language: str) -> list[str]:
    found = FENCE.findall((DOCS / guide).read_text(encoding="utf-8"))
    return [body for name, body in found if name == language]


COMMANDS = [
    line for guide in GUIDES for body in blocks(guide, "") for line in body.splitlines() if line.startswith(PROGRAM)
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
    assert parse(shlex.split(command)[2:]).mode is not None
