"""What the README shows works: its Python runs against the embedded exchange, its commands are commands."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from threadx.commands.modes import MODES
from threadx.commands.parser import parse
from threadx.demo import DemoExchange

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [Path("README.md"), *sorted(each.relative_to(ROOT) for each in ROOT.glob("docs/*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = [body for language, body in FENCE.findall(README) if language == "python"]
COMMANDS = [
    line
    for language, body in FENCE.findall(README)
    if language == ""
    for line in body.splitlines()
    if line.startswith("python3 run_tkinter.py ")
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder whose settings name an exchange on this machine, and the process in it."""
    with DemoExchange(now=datetime(2024, 6, 1, tzinfo=UTC)) as exchange:
        (tmp_path / "paths.toml").write_text(f'[source]\nrest_hosts = ["{exchange.url}"]\n', encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        yield tmp_path


def test_the_python_of_the_readme_runs(here, capsys):
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), names)
    bars, same = names["bars"], names["same"]
    pd.testing.assert_frame_equal(bars, same)
    assert len(bars) == 31 * 24
    assert "2024-03-01 00:00:00" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_understood(command):
    words = parse(shlex.split(command)[2:])
    assert words.mode is not None or words.alone


def test_the_readme_names_every_command():
    assert [mode for mode in MODES if not re.search(rf"`{mode}\b|--mode {mode}\b", README)] == []


def test_the_readme_names_every_tab():
    tabs = re.findall(r'Tab\("\w+", N_\("([^"]+)"\)', (ROOT / "threadx" / "ui" / "tabs.py").read_text("utf-8"))
    listed = re.search(r"Its tabs: ([^.]+)\.", README)[1].split(", ")
    assert tabs == listed


def test_the_readme_leads_to_every_guide():
    assert [guide.name for guide in ROOT.glob("docs/*.md") if f"](docs/{guide.name})" not in README] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_link_of_a_page_leads_nowhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]*)#?[^)]*\)", text):
        assert not target or (ROOT / page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_a_link_into_a_page_names_one_of_its_headings(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text):
        there = (ROOT / page.parent / target).read_text(encoding="utf-8") if target else text
        headings = re.findall(r"^#+ (.+)$", there, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
