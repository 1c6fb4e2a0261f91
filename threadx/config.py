"""The settings: `paths.toml`, read once into one frozen object.

Where values come from, first found wins: the command line (`dataclasses.replace`), the file, the defaults here.
Never from the environment. The names of the dataclasses' fields are the names of the tables and keys, and
`paths.toml` in the project's root explains each of them.
"""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import Any, TypeVar

from threadx import config_rules as rules
from threadx.config_model import (
    EMBEDDED,
    Cluster,
    Groups,
    Indicators,
    Ingest,
    Limits,
    Logging,
    Paths,
    Settings,
    Source,
    Store,
    Ui,
    Universe,
    Workers,
)
from threadx.errors import ConfigError

__all__ = [
    "FILE_NAME",
    "Cluster",
    "Groups",
    "Indicators",
    "Ingest",
    "Limits",
    "Logging",
    "Paths",
    "Settings",
    "Source",
    "Store",
    "Ui",
    "Universe",
    "Workers",
    "get_settings",
]

try:
    import tomli as toml
except ModuleNotFoundError:  # before the first set-up: `--help` must work then
    import tomllib as toml  # type: ignore[no-redef]  # the same functions under another name

FILE_NAME = "paths.toml"

MAX_FILE_BYTES = 1_000_000
"""A settings file is a page of text; anything larger is another file."""

Value = TypeVar("Value")

_SECTIONS: dict[str, type[Any]] = {
    "source": Source,
    "limits": Limits,
    "ingest": Ingest,
    "store": Store,
    "indicators": Indicators,
    "universe": Universe,
    "workers": Workers,
    "cluster": Cluster,
    "logging": Logging,
    "ui": Ui,
}
_TABLES = ("paths", "groups", *_SECTIONS)
_PATH_KEYS = tuple(each.name for each in dataclasses.fields(Paths))

_Stamp = tuple[int, int, int]
_read: dict[Path, tuple[_Stamp, Settings]] = {}
_read_lock = threading.Lock()


def get_settings(path: Path | str | None = None) -> Settings:
    """Return the settings, read from `path` or from where they usually lie.

    Without `path`: `paths.toml` in the current folder, else beside `run_tkinter.py`, else defaults under the current
    folder. A file is read once: the same object comes back until the file changes on disk (time, size or identity).
    Safe from any thread. Relative paths in the file start from the folder it lies in; where it is a link, from the
    folder of the link.

    Raises:
        ConfigError: the file is missing where `path` is given, cannot be read, or holds something that is not
            allowed; the message names file, key, what is allowed and the nearest right name.
    """
    file = Path(path).absolute() if path is not None else _usual_file()
    if file is None:
        return Settings.under(Path.cwd())
    with _read_lock:
        stamp = _stamp(file)
        known = _read.get(file)
        if known is None or known[0] != stamp:
            known = (stamp, settings_of(file, tables_of(file, read_text(file))))
            _read[file] = known
        return known[1]


def _usual_file() -> Path | None:
    project = Path(__file__).resolve().parents[1]
    folders = [Path.cwd()]
    if (project / "run_tkinter.py").is_file():  # not so where ThreadX was installed with pip
        folders.append(project)
    for folder in folders:
        file = folder / FILE_NAME
        if file.exists() or file.is_symlink():  # a dangling link is a mistake to report, not an absent file
            return file
    return None


def _stamp(file: Path) -> _Stamp:
    try:
        status = file.stat()
    except FileNotFoundError as error:
        raise ConfigError(
            "{file}: there is no such settings file", hint="leave the path out to use the defaults", file=file
        ) from error
    except OSError as error:
        raise ConfigError("{file}: cannot be read ({reason})", file=file, reason=error.strerror) from error
    except ValueError as error:  # a NUL in the name
        raise ConfigError("{file}: cannot be the name of a file", file=repr(str(file))) from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_text(file: Path) -> str:
    """Return the text of a settings file; raises ConfigError where it cannot be one."""
    if not file.is_file():
        raise ConfigError("{file}: is not a file; the settings are a text file in TOML", file=file)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError("{file}: cannot be read ({reason})", file=file, reason=error.strerror) from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError("{file}: larger than {limit} bytes, so not a settings file", file=file, limit=MAX_FILE_BYTES)
    try:
        return raw.decode("utf-8-sig")  # Windows editors like to put a mark in front
    except UnicodeDecodeError as error:
        raise ConfigError(
            "{file}: not UTF-8 text (byte {position})",
            hint="save it again as UTF-8",
            file=file,
            position=error.start,
        ) from error


def tables_of(file: Path, text: str) -> dict[str, Any]:
    """Return the tables of TOML `text` as they stand there, unchecked; raises ConfigError where it is none.

    `file` only names it in messages.
    """
    try:
        return toml.loads(text)
    except RecursionError as error:
        raise ConfigError("{file}: nested too deeply; settings have tables and keys, no more", file=file) from error
    except ValueError as error:  # also a number of thousands of digits, which is no TOMLDecodeError
        raise ConfigError(
            "{file}: not valid TOML: {reason}",
            hint="text stands in quotes, and a backslash in them is doubled",
            file=file,
            reason=str(error).encode("unicode_escape").decode("ascii"),
        ) from error


def settings_of(file: Path, tables: dict[str, Any]) -> Settings:
    """Return the settings that the tables of a file mean; `file` is where relative paths start, and is not read.

    Raises:
        ConfigError: something is not allowed, as for `get_settings`.
    """
    _refuse_unknown(file, tables)
    where = rules.Where(str(file), "", file.parent)
    extra = Source.__dataclass_fields__["extra_hosts"].metadata["check"]
    named = extra(
        dataclasses.replace(where, key="[source] extra_hosts"), tables.get("source", {}).get("extra_hosts", [])
    )
    where = dataclasses.replace(where, hosts=rules.KNOWN_HOSTS + named)
    sections = {name: _section(where, name, kind, tables.get(name, {})) for name, kind in _SECTIONS.items()}
    _check_timeouts(where, sections["limits"])
    groups = _groups(where, tables["groups"]) if "groups" in tables else Groups()
    named = sections["source"].name
    real = Source().name if named == EMBEDDED else named
    return Settings(
        paths=_paths(where, tables.get("paths", {})), groups=groups, file=file, real_provider=real, **sections
    )


def _refuse_unknown(file: Path, tables: dict[str, Any]) -> None:
    for name, content in tables.items():
        if name not in _TABLES:
            raise _unknown(file, name, "", _TABLES)
        if not isinstance(content, dict):
            home = _home(name)
            raise ConfigError(
                "{file}: {name} must be a table; write [{name}]",
                hint="it belongs under [{home}]" if home else "",
                file=file,
                name=name,
                home=home,
            )
        allowed = _keys(name)
        for key in content:
            if name != "groups" and key not in allowed:
                raise _unknown(file, key, name, allowed)


def _keys(table: str) -> tuple[str, ...]:
    if table in ("paths", "groups"):
        return _PATH_KEYS if table == "paths" else ()
    return tuple(each.name for each in dataclasses.fields(_SECTIONS[table]))


def _home(key: str) -> str:
    """Return the table that has this key, or ""."""
    return next((table for table in _TABLES if key in _keys(table)), "")


def _unknown(file: Path, name: str, table: str, allowed: tuple[str, ...]) -> ConfigError:
    near = rules.nearest(name, allowed)
    home = _home(name)
    if near:
        hint = "did you mean {near}? Allowed are {allowed}"
    elif home:
        hint = "it belongs under [{home}]"
    else:
        hint = "allowed are {allowed}"
    return ConfigError(
        "{file}: unknown key {name} in [{table}]" if table else "{file}: unknown table or key {name}",
        hint=hint,
        file=file,
        name=rules.about(rules.Where("", "", Path()), name)["value"],
        table=table,
        near=near,
        home=home,
        allowed=" ".join(allowed),
    )


def _section(where: rules.Where, name: str, kind: type[Value], table: dict[str, Any]) -> Value:
    checks = {each.name: each.metadata["check"] for each in dataclasses.fields(kind)}  # type: ignore[arg-type]  # always a dataclass: _SECTIONS
    values = {
        key: checks[key](dataclasses.replace(where, key=f"[{name}] {key}"), value) for key, value in table.items()
    }
    return kind(**values)


def _check_timeouts(where: rules.Where, limits: Limits) -> None:
    for key in ("connect_timeout_s", "read_timeout_s"):
        if getattr(limits, key) > limits.total_timeout_s:
            raise ConfigError(
                "{file}: [limits] {key} is longer than total_timeout_s ({total} s)",
                file=where.file,
                key=key,
                total=limits.total_timeout_s,
            )


def _groups(where: rules.Where, table: dict[str, Any]) -> Groups:
    symbols = rules.distinct(rules.asset)
    pairs = []
    for name, members in table.items():
        rules.group_name(dataclasses.replace(where, key="[groups]"), name)
        pairs.append((name, symbols(dataclasses.replace(where, key=f"[groups] {name}"), members)))
    return Groups(tuple(pairs))


def _paths(where: rules.Where, table: dict[str, Any]) -> Paths:
    given = {key: rules.folder(dataclasses.replace(where, key=f"[paths] {key}"), value) for key, value in table.items()}
    defaults = Paths.under(where.base)
    root = given.get("data_root", defaults.data_root)
    paths = dataclasses.replace(Settings(paths=defaults).with_data_root(root).paths, **given)
    for key in _PATH_KEYS[1:]:
        for kept in ("processed", ".threadx"):
            if getattr(paths, key).is_relative_to(root / kept):
                raise ConfigError(
                    "{file}: [paths] {key} must not lie inside {kept}: nothing but bars lives there",
                    file=where.file,
                    key=key,
                    kept=root / kept,
                )
    return paths
