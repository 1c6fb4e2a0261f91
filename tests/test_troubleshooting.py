"""Every message that the guide to troubles quotes is one that the program has, and every command is a command."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from threadx.commands.modes import MODES
from threadx.commands.parser import parse

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "TROUBLESHOOTING.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^\| `([^`]+)` \|", GUIDE, re.MULTILINE)
"""The first cells that are a message and nothing else."""
COMMANDS = sorted({words for words in re.findall(r"`([^`\n]+)`", GUIDE) if words.split()[0] in MODES} - set(MESSAGES))
FIELD = re.compile(r"\{[^{}]*\}")
LITERAL = 10
"""A template counts by the letters that are its own: one that is nearly all fields would fit anything."""


def text_of(node: ast.AST) -> str:
    """What an expression says, with {} for what is only known when it runs."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    return "{}"


def lines_of(tree: ast.AST) -> Iterator[str]:
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and id(node) not in remarks:
            yield from text_of(node).splitlines()


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    found = set()
    for path in ROOT.glob("threadx/**/*.py"):
        for line in lines_of(ast.parse(path.read_text(encoding="utf-8"))):
            own = FIELD.split(line)
            if sum(map(len, own)) >= LITERAL:
                found.add(".+".join(map(re.escape, own)))
    return tuple(map(re.compile, found))


def is_said(message: str) -> bool:
    return any(pattern.fullmatch(message) for pattern in patterns())


def test_the_guide_quotes_messages():
    assert len(MESSAGES) > 30


@pytest.mark.parametrize("message", MESSAGES)
def test_a_quoted_message_is_one_of_the_program(message):
    assert is_said(message)


def test_a_message_that_no_code_has_is_noticed():
    assert not is_said("the bank has gone fishing")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide_is_understood(command):
    assert parse(shlex.split(command)).mode is not None
