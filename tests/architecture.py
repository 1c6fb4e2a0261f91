"""The rules of the house, as a pure function from a module's source to what it breaks.

`docs/architecture.md` draws the rooms; this table is what holds. A room may import the rooms named beside it, and the
leaves (but see `demo`, `bootstrap` and `startup_check`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

LEAVES = frozenset(
    {
        "closeable",
        "cluster",
        "errors",
        "progress",
        "workers",
        "config",
        "config_edit",
        "config_model",
        "config_rules",
        "config_universe",
        "i18n",
        "logs",
    }
)

_BELOW_DATA = {"exchange", "indicators", "store", "bars"}
_BELOW_BRIDGE = {"data", "demo", "backtest", "strategies"} | _BELOW_DATA
_BELOW_UI = {"bridge"} | _BELOW_BRIDGE

MAY_IMPORT: dict[str, set[str]] = {
    "bars": set(),
    "demo": {"bars"},
    "store": {"bars"},
    "exchange": {"store", "bars"},
    "indicators": {"store", "bars"},
    "data": _BELOW_DATA | {"demo"},
    "strategies": {"indicators", "bars"},
    "backtest": {"strategies", "indicators", "bars"},
    "bridge": _BELOW_BRIDGE,
    "ui.presenters": _BELOW_UI,
    "ui": _BELOW_UI | {"ui.presenters", "startup_check"},
    "commands": _BELOW_UI,
    "selftest": _BELOW_UI | {"commands"},
    "cli": _BELOW_UI | {"commands", "selftest"},
    "bootstrap": set(),
    "startup_check": set(),
}
WITHOUT_LEAVES = {"demo", "bootstrap", "startup_check"}
"""Rooms that use nothing of ours beyond what the table says."""

MAX_LINES = 400

ONLY_IN: dict[str, tuple[str, ...]] = {
    # an import           where it may stand; `ui` includes its rooms, but presenters never see a toolkit
    "tkinter": ("ui", "startup_check"),
    "_tkinter": ("ui", "startup_check"),
    "ttkbootstrap": ("ui",),
    "requests": ("exchange",),
    "urllib3": ("exchange",),
    "http.client": ("exchange",),
    "urllib.request": (),
    "httpx": (),
    "aiohttp": (),
    "pyarrow.parquet": ("store",),
    "pyarrow.dataset": ("store",),
    "http.server": ("demo",),
    "socketserver": ("demo",),
    "multiprocessing": ("workers",),
    "_thread": (),
    "pickle": (),
}
CALLS_ONLY_IN: dict[str, tuple[str, ...]] = {
    # the last name of what is called
    "read_parquet": ("store",),
    "to_parquet": ("store",),
    "ParquetFile": ("store",),
    "ParquetWriter": ("store",),
    "Thread": ("workers", "bridge.crew", "demo.server"),
    "Timer": ("workers", "bridge.crew", "demo.server"),
    "ThreadPoolExecutor": ("workers",),
    "ProcessPoolExecutor": ("workers",),
    "ThreadingHTTPServer": ("demo.server",),
    "expanduser": (),
    "expandvars": (),
}
PRINT_IN = ("cli", "selftest", "bootstrap", "run_tkinter")

PURE = (
    "bars",
    "strategies",
    "backtest",
    *(
        f"indicators.{name}"
        for name in (
            "spec",
            "definition",
            "streams",
            "recursion",
            "rolling",
            "ratio",
            "typical",
            "gaps",
            "trend",
            "momentum",
            "volatility",
            "volume",
        )
    ),
)
IMPURE = ("os", "pathlib", "io", "shutil", "tempfile", "time", "threading", "socket", "logging", "asyncio", "sqlite3")


def violations(module: str, source: str) -> list[str]:
    """Return what a module breaks; `module` is its dotted name without `threadx.`, as in "bars.gaps"."""
    tree = ast.parse(source)
    lines = source.count("\n")
    found = [f"{lines} lines, more than {MAX_LINES}"] if lines > MAX_LINES else []
    for rule in RULES:
        found += rule(module, tree)
    return found


def _inside(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


PLAIN_UI = frozenset({"ui.selection", "ui.state", "ui.preferences", "ui.geometry", "ui.tokens"})
"""Modules of the window that presenters share: held to the rules of presenters, so no toolkit."""


def _room(dotted: str) -> str:
    parts = dotted.split(".")
    plain = parts[:2] == ["ui", "presenters"] or ".".join(parts[:2]) in PLAIN_UI
    return "ui.presenters" if plain else parts[0]


def _direction(module: str, tree: ast.Module) -> Iterator[str]:
    room = _room(module)
    if room in LEAVES:
        allowed = set(LEAVES)
    elif room in ("run_tkinter", ""):
        return
    elif room not in MAY_IMPORT:
        yield f"the room {room} is not in the table of tests/architecture.py"
        return
    else:
        allowed = MAY_IMPORT[room] | (set() if room in WITHOUT_LEAVES else LEAVES)
    for name in _imports(tree):
        if name.startswith("threadx."):
            target = _room(name.removeprefix("threadx."))
            if target not in allowed | {room} and not target.startswith("__"):
                yield f"{room} imports {target}"


def _relative(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"relative import of {node.module}"


def _imports_only_in(module: str, tree: ast.Module) -> Iterator[str]:
    for name in set(_imports(tree)):
        for banned, places in ONLY_IN.items():
            hit = name == banned or name.startswith(banned + ".")
            if hit and (not _inside(module, places) or (_room(module) == "ui.presenters" and "ui" in places)):
                yield f"import of {name}, which belongs in {places or 'no module'}"


def _calls_only_in(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _last_name(node.func)
            if name in CALLS_ONLY_IN and not _inside(module, CALLS_ONLY_IN[name]):
                yield f"line {node.lineno}: {name}() belongs in {CALLS_ONLY_IN[name] or 'no module'}"
            if name == "print" and isinstance(node.func, ast.Name) and not _inside(module, PRINT_IN):
                yield f"line {node.lineno}: print belongs in {PRINT_IN}"


def _no_thread_subclass(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                name = _last_name(base)
                if name in ("Thread", "Timer") and not _inside(module, CALLS_ONLY_IN["Thread"]):
                    yield f"line {node.lineno}: a subclass of {name}"


def _no_sleep(module: str, tree: ast.Module) -> Iterator[str]:
    if "time.sleep" in set(_imports(tree)) or any(_dotted(node) == "time.sleep" for node in ast.walk(tree)):
        yield "time.sleep: wait with Progress.wait or an event, so that cancel is heard"


def _no_environment(module: str, tree: ast.Module) -> Iterator[str]:
    names = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv"}
    for name in sorted(names & set(_imports(tree)) | {_dotted(node) for node in ast.walk(tree)} & names):
        yield f"{name}: configuration never comes from the environment"


def _no_naive_time(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, name = _last_name(node.func.value), node.func.attr
        if owner not in ("datetime", "date", "dt"):
            continue
        given = len(node.args) + len([word for word in node.keywords if word.arg in ("tz", "tzinfo")])
        naive = name in ("utcnow", "utcfromtimestamp", "today")
        naive = naive or (name == "now" and given < 1) or (name == "fromtimestamp" and given < 2)
        if naive:
            yield f"line {node.lineno}: {owner}.{name} without a time zone"


def _pure(module: str, tree: ast.Module) -> Iterator[str]:
    if _inside(module, PURE):
        for name in sorted({name.split(".")[0] for name in _imports(tree)} & set(IMPURE)):
            yield f"import of {name} in a pure module"
        if module.startswith("indicators."):
            yield from (f"{module} imports {name}" for name in _imports(tree) if name.startswith("threadx.store"))


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


RULES: tuple[Callable[[str, ast.Module], Iterator[str]], ...] = (
    _direction,
    _relative,
    _imports_only_in,
    _calls_only_in,
    _no_thread_subclass,
    _no_sleep,
    _no_environment,
    _no_naive_time,
    _pure,
)
