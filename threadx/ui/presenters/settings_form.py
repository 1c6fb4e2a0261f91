"""The settings as a form: texts that are entered, checked on the spot as the file is, saved as TOML. No Tk."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from threadx import config_model
from threadx.config import settings_of
from threadx.config_edit import REMOVED
from threadx.config_rules import KNOWN_HOSTS, Where, asset, distinct, folder, group_name
from threadx.errors import ConfigError
from threadx.i18n import _, translate_error
from threadx.ui.presenters.setting_words import GROUP_WORDS, SETTINGS, Kind, SettingWords

__all__ = ["Name", "SettingsForm", "text_of"]

Name = tuple[str, str]
"""Table and key."""
_MODELS: dict[str, Any] = {
    "source": config_model.Source,
    "limits": config_model.Limits,
    "ingest": config_model.Ingest,
    "store": config_model.Store,
    "indicators": config_model.Indicators,
    "universe": config_model.Universe,
    "workers": config_model.Workers,
    "cluster": config_model.Cluster,
    "logging": config_model.Logging,
    "ui": config_model.Ui,
}
_PATHS = {
    "data_root": "data",
    "logs": "logs",
    "indicators": "",
    "legacy": "",
    "selection_json": "",
}
"""Written into a settings file these mean what leaving them out means; "": follows the data folder."""
_WORDS = {each.name: each for each in SETTINGS}


def text_of(value: object) -> str:
    """Return a value of the file as it is entered."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)


class SettingsForm:
    """What the file says, and what the user made of it."""

    def __init__(self, file: Path, tables: Mapping[str, Any]) -> None:
        """`tables`: of the file, as TOML has them; checked ones."""
        self.file = file
        self._tables: dict[str, Any] = {name: dict(content) for name, content in tables.items()}
        self._edited: dict[Name, str] = {}
        self._removed: dict[str, None] = {}
        """Groups that are to go."""

    # -- what there is --------------------------------------------------------------------------------------------

    def words(self, name: Name) -> SettingWords:
        """Return a key's label, explanation and kind."""
        if name[0] == "groups":
            return SettingWords("groups", name[1], name[1], GROUP_WORDS, Kind.LIST)
        return _WORDS[name]

    def label(self, name: Name) -> str:
        """Return what a key is called, translated; groups have the names that users gave them."""
        return name[1] if name[0] == "groups" else _(_WORDS[name].label)

    def names(self, table: str) -> tuple[Name, ...]:
        """Return the keys of a table, in the order they are shown."""
        if table != "groups":
            return tuple(each.name for each in SETTINGS if each.table == table)
        kept = [*self._stored_groups(), *(key for name, key in self._edited if name == "groups")]
        return tuple(("groups", key) for key in dict.fromkeys(kept) if key not in self._removed)

    def default(self, name: Name) -> str:
        """Return the default as it is entered; "" where a path follows the data folder, or a group is the user's."""
        table, key = name
        if table == "paths":
            return _PATHS[key]
        if table == "groups":
            return text_of(dict(config_model.Groups()).get(key))
        fields = {each.name: each.default for each in dataclasses.fields(_MODELS[table])}
        return text_of(fields[key])

    def text(self, name: Name) -> str:
        """Return what stands in a key's field."""
        return self._edited.get(name, self.stored(name))

    def stored(self, name: Name) -> str:
        """Return what the file says, or the default where it says nothing."""
        if name[0] == "groups":
            return text_of(self._stored_groups().get(name[1]))
        table = self._tables.get(name[0], {})
        return text_of(table[name[1]]) if name[1] in table else self.default(name)

    def _stored_groups(self) -> Mapping[str, Any]:
        given: Mapping[str, Any] = self._tables.get("groups", dict(config_model.Groups()))
        return given

    # -- what is entered ------------------------------------------------------------------------------------------

    def enter(self, name: Name, text: str) -> str:
        """Take what was entered; return what is wrong with it, translated, or ""."""
        if text.strip() == self.stored(name) and (name[0] != "groups" or name[1] in self._stored_groups()):
            self._edited.pop(name, None)
        else:
            self._edited[name] = text.strip()
        return self.problem(name)

    def reset(self, name: Name) -> None:
        """Put the default back."""
        self.enter(name, self.default(name))

    def discard(self) -> None:
        """Forget all that was entered."""
        self._edited.clear()
        self._removed.clear()

    def add_group(self, name: str) -> str:
        """Add a group; return what is wrong with its name, or ""."""
        wanted = name.strip()
        if ("groups", wanted) in self.names("groups"):
            return _("There is a group of that name already")
        try:
            group_name(self._where(("groups", wanted)), wanted)
        except ConfigError as error:
            return _without_file(error)
        self._removed.pop(wanted, None)
        self._edited["groups", wanted] = ""
        return ""

    def remove_group(self, name: str) -> None:
        """Remove a group."""
        self._edited.pop(("groups", name), None)
        if name in self._stored_groups():
            self._removed[name] = None

    # -- what is wrong --------------------------------------------------------------------------------------------

    def problem(self, name: Name) -> str:
        """Return what is wrong with what stands in a field, translated; "" where nothing is."""
        value = self._value(name)
        if value is REMOVED:
            return ""
        try:
            self._check(name)(self._where(name), value)
        except ConfigError as error:
            return _without_file(error)
        return ""

    def problems(self) -> dict[Name, str]:
        """Return what is wrong with what was entered, by key."""
        found = {name: self.problem(name) for name in self._edited}
        return {name: text for name, text in found.items() if text}

    def trouble(self) -> str:
        """Return what is wrong with the whole where every field is right: times that contradict each other."""
        try:
            settings_of(self.file, self.tables())
        except ConfigError as error:
            return _without_file(error, self.file)
        return ""

    def _check(self, name: Name) -> Any:  # noqa: ANN401 - a rule of config_rules
        table, key = name
        if table == "paths":
            return folder
        if table == "groups":
            return distinct(asset)
        return _MODELS[table].__dataclass_fields__[key].metadata["check"]

    def _where(self, name: Name) -> Where:
        extra = self._value(("source", "extra_hosts"))
        hosts = tuple(str(each).lower() for each in extra) if isinstance(extra, list) else ()
        return Where("", self.label(name), self.file.parent, KNOWN_HOSTS + hosts)

    def _value(self, name: Name) -> Any:  # noqa: ANN401 - as TOML has it
        """Return what stands in a field as TOML would have it; a text that is no number stays a text."""
        text, kind = self.text(name), self.words(name).kind
        if name[0] == "paths" and not text:
            return REMOVED
        if kind is Kind.LIST:
            return [part.strip().strip("\"'") for part in text.strip("[]").split(",") if part.strip()]
        if kind is Kind.NUMBERS:
            parts = [part.strip() for part in text.strip("[]").split(",") if part.strip()]
            return [_number(part, float if "." in part else int) for part in parts]
        if kind is Kind.WHOLE:
            return _number(text, int)
        return _number(text.replace(",", "."), float) if kind is Kind.NUMBER else text

    # -- what is saved --------------------------------------------------------------------------------------------

    @property
    def changed(self) -> tuple[Name, ...]:
        """The keys that differ from the file, groups that go among them."""
        return (*self._edited, *(("groups", name) for name in self._removed))

    def changes(self) -> dict[Name, Any]:
        """Return what is to be written into the file."""
        found: dict[Name, Any] = {name: self._value(name) for name in self._edited if name[0] != "groups"}
        if any(name[0] == "groups" for name in self.changed):
            found |= dict(self._group_changes())
        return found

    def _group_changes(self) -> Iterator[tuple[Name, Any]]:
        """Yield the groups that change; all of them where the file has none yet, or the defaults would be lost."""
        for name in self.names("groups"):
            if name in self._edited or "groups" not in self._tables:
                yield name, self._value(name)
        for key in self._removed:
            yield ("groups", key), REMOVED

    def tables(self) -> dict[str, Any]:
        """Return the tables that the file will have."""
        made = copy.deepcopy(self._tables)
        for (table, key), value in self.changes().items():
            if value is REMOVED:
                made.get(table, {}).pop(key, None)
            else:
                made.setdefault(table, {})[key] = value
        return made

    def entered(self) -> dict[Name, str | None]:
        """Return what differs from the file as it was entered; None: a group that goes."""
        return {**self._edited, **{("groups", name): None for name in self._removed}}

    def saved(self, tables: Mapping[str, Any], written: Mapping[Name, str | None]) -> None:
        """Take over what the file says now; what was entered after `written` was asked to be saved stays entered."""
        self._tables = {name: dict(content) for name, content in tables.items()}
        later = {name: text for name, text in self._edited.items() if written.get(name) != text}
        self._edited = {name: text for name, text in later.items() if text != self.stored(name)}
        self._removed = {name: None for name in self._removed if ("groups", name) not in written}


def _number(text: str, kind: type[int | float]) -> Any:  # noqa: ANN401 - a number, or the text
    try:
        return kind(text)
    except ValueError:
        return text


def _without_file(error: ConfigError, file: Path | None = None) -> str:
    """Return message and hint; which file is meant is known here."""
    message, hint = translate_error(error)
    if file is not None:
        message = message.removeprefix(str(file))
    return " ".join(filter(None, (message.lstrip(" :\u00a0\u202f"), hint)))
