"""The catalogues: what the code says that people read, taken from its syntax tree, against what is translated.

`python -m tests.catalogue` writes new messages into every `threadx.po` (untranslated) and compiles it to `.mo`.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Translated
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from threadx import errors

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "threadx"
LOCALE = PACKAGE / "locale"

ERRORS = frozenset(name for name in errors.__all__ if name.endswith("Error"))
TEXTS = {**dict.fromkeys(ERRORS, (0, "hint")), "Finding": (2, "hint"), "Note": (0, None)}
"""Calls that carry templates: position of the message, name of the second text."""
MARKS = ("_", "N_")


@dataclass(frozen=True)
class Message:
    """One text of the code, with its plural where it has one."""

    text: str
    plural: str | None
    file: str
    line: int


@dataclass(frozen=True)
class Unclear:
    """A text that is no literal, so that no catalogue can have it."""

    file: str
    line: int
    what: str


def messages(package: Path = PACKAGE) -> tuple[list[Message], list[Unclear]]:
    """Return every text of the package that people may read, and the places where none can be made out."""
    found: list[Message] = []
    unclear: list[Unclear] = []
    trees = {
        path.relative_to(package.parent).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(package.rglob("*.py"))
    }
    passed_on = {name: places for tree in trees.values() for name, places in _passed_on(tree).items()}
    for file, tree in trees.items():
        for each in _Module(file, tree, passed_on).texts():
            (found if isinstance(each, Message) else unclear).append(each)
    return found, unclear


class _Module:
    def __init__(self, file: str, tree: ast.Module, passed_on: dict[str, list[_Place]]) -> None:
        self.file = file
        self.tree = tree
        self.constants = _constants(tree)
        self.passed_on = passed_on
        self.parameters = {place.parameter for places in _passed_on(tree).values() for place in places}

    def texts(self) -> Iterator[Message | Unclear]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield from self._of_call(node, _called(node))

    def _of_call(self, node: ast.Call, name: str) -> Iterator[Message | Unclear]:
        if name in MARKS and node.args:
            if isinstance(node.args[0], ast.Constant) or name == "N_":
                yield from self._text(node.args[0], node)
        elif name in ("ngettext", "counted") and all(isinstance(each, ast.Constant) for each in node.args[:2]):
            yield Message(node.args[0].value, node.args[1].value, self.file, node.lineno)
        elif name in TEXTS:
            for value in _templates(node, name):
                if not (_names(value) & self.parameters):
                    yield from self._text(value, node)
        elif name in self.passed_on:
            for place in self.passed_on[name]:
                keywords = {each.arg: each.value for each in node.keywords}
                late = keywords.get(place.parameter)
                value = node.args[place.position] if len(node.args) > place.position else late
                if value is not None:
                    yield from self._text(value, node, place.suffix)

    def _text(self, value: ast.expr, node: ast.Call, suffix: str = "") -> Iterator[Message | Unclear]:
        texts = list(_values(value, self.constants))
        if not texts:
            yield Unclear(self.file, node.lineno, ast.unparse(value))
        yield from (Message(text + suffix, None, self.file, node.lineno) for text in texts if text)


@dataclass(frozen=True)
class _Place:
    """A parameter that a function hands on as a template: its callers hold the literal."""

    position: int
    parameter: str
    suffix: str
    """What the function adds to it."""


def _passed_on(tree: ast.Module) -> dict[str, list[_Place]]:
    found: dict[str, list[_Place]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [each.arg for each in (*function.args.args, *function.args.kwonlyargs) if each.arg != "self"]
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and _called(node) in TEXTS:
                    for value in _templates(node, _called(node)):
                        for parameter in _names(value) & set(names):
                            suffix = value.right.value if isinstance(value, ast.BinOp) else ""
                            place = _Place(names.index(parameter), parameter, suffix)
                            found.setdefault(function.name, []).append(place)
    return found


def _templates(node: ast.Call, name: str) -> Iterator[ast.expr]:
    position, second = TEXTS[name]
    keywords = {each.arg: each.value for each in node.keywords}
    first = node.args[position] if len(node.args) > position else keywords.get("message")
    hint = keywords.get(second) if second else None
    if hint is None and name == "Finding" and len(node.args) > position + 1:
        hint = node.args[position + 1]
    yield from (each for each in (first, hint) if each is not None and not isinstance(each, ast.Starred))


def _names(value: ast.expr) -> set[str]:
    """Return the names that `value` is made of; a condition's own names do not count."""
    if isinstance(value, ast.BinOp):
        return _names(value.left) | _names(value.right)
    return {value.id} if isinstance(value, ast.Name) else set()


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _constants(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Return what is assigned to each plain name, anywhere in the module."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _values(value: ast.expr, constants: dict[str, list[ast.expr]], depth: int = 0) -> Iterator[str]:
    """Yield every text that `value` may be: literals, either side of a condition, sums, and names of such."""
    if depth > 5:
        return
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _values(value.body, constants, depth + 1)
        yield from _values(value.orelse, constants, depth + 1)
    elif isinstance(value, ast.BoolOp):
        for each in value.values:
            yield from _values(each, constants, depth + 1)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        sides = [list(_values(side, constants, depth + 1)) for side in (value.left, value.right)]
        yield from ("".join(pair) for pair in product(*sides))
    elif isinstance(value, ast.Name):
        for each in constants.get(value.id, ()):
            yield from _values(each, constants, depth + 1)


def catalogue(path: Path) -> Catalog:
    """Return what a `.po` file holds."""
    return read_po(io.BytesIO(path.read_bytes()), locale=path.parents[1].name, domain="threadx")


def compiled(wanted: Catalog) -> bytes:
    """Return the `.mo` file of a catalogue."""
    stream = io.BytesIO()
    write_mo(stream, wanted)
    return stream.getvalue()


def po_files() -> list[Path]:
    """Return the source file of every catalogue."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/threadx.po"))


def template(found: Iterable[Message]) -> Catalog:
    """Return the texts of the code as a catalogue without translations."""
    wanted = Catalog(domain="threadx", project="ThreadX", charset="utf-8", fuzzy=False)
    for each in found:
        key = each.text if each.plural is None else (each.text, each.plural)
        wanted.add(key, locations=[(each.file, 0)])
    return wanted


def update() -> int:
    """Bring every catalogue up to date with the code; return how many messages lack a translation."""
    found, unclear = messages()
    for each in unclear:
        print(f"{each.file}:{each.line}: no literal: {each.what}", file=sys.stderr)
    missing = 0
    for path in po_files():
        wanted = catalogue(path)
        created = wanted.creation_date
        wanted.update(template(found), no_fuzzy_matching=True, keep_user_comments=True)
        wanted.obsolete.clear()
        wanted.creation_date = created  # a date alone is no change
        stream = io.BytesIO()
        write_po(stream, wanted, width=110, sort_output=True, include_lineno=False, omit_header=False)
        path.write_bytes(stream.getvalue())
        path.with_suffix(".mo").write_bytes(compiled(wanted))
        empty = [each for each in wanted if each.id and not all(strings_of(each))]
        missing += len(empty)
        for each in empty:
            print(f"{path.parents[1].name}: {each.id!r}", file=sys.stderr)
    return missing


def strings_of(message: Translated) -> tuple[str, ...]:
    """Return the translation, or each of its plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


if __name__ == "__main__":
    sys.exit(1 if update() else 0)
