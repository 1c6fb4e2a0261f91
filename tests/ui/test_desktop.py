"""The desktop around the window: its file manager, and whether it is dark. With stand-ins for its programs."""

from __future__ import annotations

import sys

import pytest

from threadx.errors import StoreError
from threadx.ui import desktop
from threadx.ui.desktop import open_folder, system_mode

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="other programs there")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return a function that puts a program of a shell line into an otherwise empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, line: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)

    return add


@pytest.mark.parametrize(
    ("said", "mode"), [("'prefer-dark'", "dark"), ("'default'", "light"), ("'prefer-light'", "light")]
)
def test_the_desktop_s_look_is_found(programs, said, mode):
    programs("gsettings", f'[ "$3" = color-scheme ] && echo "{said}" || echo Adwaita')
    assert system_mode() == mode


def test_a_dark_theme_of_an_older_desktop_counts(programs):
    programs("gsettings", """[ "$3" = color-scheme ] && echo "'default'" || echo "'Adwaita-dark'" """)
    assert system_mode() == "dark"


def test_a_desktop_that_does_not_tell_is_light(programs):
    assert system_mode() == "light"


def test_a_folder_is_shown_in_the_file_manager(programs, tmp_path, wait_until):
    programs("xdg-open", f'echo "$1" > {tmp_path}/asked')
    open_folder(tmp_path)
    asked = tmp_path / "asked"
    wait_until(lambda: asked.exists() and asked.read_text().strip() == str(tmp_path))
    wait_until(lambda: desktop._opened[-1].poll() is not None)


def test_without_a_file_manager_the_way_out_is_named(programs, tmp_path):
    with pytest.raises(StoreError, match="no file manager") as raised:
        open_folder(tmp_path)
    assert raised.value.hint == "open it by hand"


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreError, match="no such folder yet"):
        open_folder(tmp_path / "nothing")
