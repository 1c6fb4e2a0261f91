"""No module of the store or of data touches the disk but through `Fs`: what tests can break is all there is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import threadx

PACKAGE = Path(threadx.__file__).parent
MODULES = [path for room in ("store", "data") for path in sorted((PACKAGE / room).rglob("*.py"))]

METHODS = frozenset({
    "chmod", "hardlink_to", "mkdir", "open", "rename", "rmdir", "symlink_to", "touch", "unlink", "write_bytes",
    "write_text", "to_csv", "to_parquet", "write_table",
})  # fmt: skip
MODULE_CALLS = frozenset({"os", "shutil", "tempfile", "io"})
LOOKS_ONLY = frozenset({
    "BytesIO", "StringIO", "TextIOWrapper", "abspath", "basename", "dirname", "disk_usage", "fspath", "getpid", "join",
    "listdir", "splitext", "stat", "walk",
})  # fmt: skip
OWNERS = frozenset({"_fs", "fs", "files"})
"""What an `Fs` is called where it is used."""
ALLOWED = {
    "fsio.py": METHODS,
    "encoding.py": {"write_table"},  # into memory
    "indicator_files.py": {"write_table"},
    "objects.py": {"write_table"},
    "outgoing.py": {"to_csv", "write_table"},  # into a file that `Fs` opened
    "single.py": {"to_csv", "write_table"},
}


def raw_calls(source: str, allowed: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Return the calls in a module that change the disk behind the back of `Fs`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.unparse(call) for call in calls if _is_raw(call.func) and not _harmless(call, allowed)]


def _harmless(call: ast.Call, allowed: frozenset[str] | set[str]) -> bool:
    """Whether it is pandas' `rename`, a look into a file, or a name that the module may use."""
    words = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    match _name(call.func):
        case "rename":
            return words == [None] or bool(call.keywords)
        case "open":
            return words in ([], ["rb"], ["r"])
        case name:
            return name in allowed


def _name(call: ast.expr) -> str:
    return call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")


def _is_raw(call: ast.expr) -> bool:
    if isinstance(call, ast.Name):
        return call.id == "open"
    if not isinstance(call, ast.Attribute):
        return False
    if isinstance(call.value, ast.Name) and call.value.id in MODULE_CALLS:
        return call.attr not in LOOKS_ONLY
    return call.attr in METHODS and _name(call.value) not in OWNERS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_module_writes_behind_the_back_of_fs(path: Path):
    if path.name == "fsio.py":
        pytest.skip("the one place")
    assert raw_calls(path.read_text(encoding="utf-8"), ALLOWED.get(path.name, frozenset())) == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x', 'w')",
        "path.open('wb')",
        "path.rename(other)",
        "os.replace(a, b)",
        "os.open(a, 1)",
        "Path('x').write_text('y')",
        "path.unlink()",
        "shutil.rmtree(a)",
        "frame.to_parquet(path)",
        "tempfile.mkdtemp()",
    ],
)
def test_the_lint_sees_raw_calls(line: str):
    assert raw_calls(line)


@pytest.mark.parametrize("line", ["self._fs.unlink(path)", "bank.fs.mkdir(path)", "os.fspath(path)", "path.exists()"])
def test_the_lint_lets_the_seam_and_looks_pass(line: str):
    assert raw_calls(line) == []
