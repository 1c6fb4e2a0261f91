"""Changing `paths.toml` keeps what the user wrote in it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.config import get_settings, tables_of
from threadx.config_edit import REMOVED, changed_text, save_changes
from threadx.errors import ConfigError, StoreError

SHIPPED = Path(__file__).resolve().parents[1] / "paths.toml"
TEXT = """# mine
[ingest]
workers = 4   # the modem
timeframes = [ # what I trade
  "5m",
  "1h",  # the one that counts
  "4h",
]

[groups]
L1 = ["BTC"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "paths.toml"
    path.write_bytes(TEXT.encode())
    return path


def test_one_value_changes_and_nothing_else(file):
    settings = save_changes(file, {("ingest", "workers"): 9})

    assert file.read_text() == TEXT.replace("workers = 4 ", "workers = 9 ")
    assert settings.ingest.workers == 9
    assert get_settings(file).ingest.workers == 9


def test_items_of_a_list_keep_the_comments_beside_them(file):
    save_changes(file, {("ingest", "timeframes"): ["15m", "1h", "1d"]})

    assert get_settings(file).ingest.timeframes == ("15m", "1h", "1d")
    assert '"1h",  # the one that counts' in file.read_text()
    assert "# what I trade" in file.read_text()


def test_a_key_that_is_left_out_goes_alone(file):
    save_changes(file, {("groups", "L1"): REMOVED, ("store", "compression"): REMOVED})

    assert file.read_text() == TEXT.replace('L1 = ["BTC"]\n', "")


def test_a_commented_key_is_made_real_where_it_stands():
    text = SHIPPED.read_text("utf-8")

    changed = changed_text(text, {("paths", "legacy"): "old"})

    assert changed == text.replace('# legacy = "data/raw/json"', 'legacy = "old"')


def test_new_keys_tables_and_files_are_made(tmp_path):
    file = tmp_path / "paths.toml"

    save_changes(file, {("ui", "language"): "fr", ("groups", "my list"): ["BTC"]})

    assert get_settings(file).ui.language == "fr"
    assert dict(get_settings(file).groups) == {"my list": ("BTC",)}


def test_what_is_not_allowed_is_not_written(file):
    with pytest.raises(ConfigError, match="workers must be a whole number"):
        save_changes(file, {("ingest", "workers"): 900})

    assert file.read_text() == TEXT


def test_a_broken_file_is_reported_and_kept(file):
    file.write_text("[ingest\nworkers = 4\n")

    with pytest.raises(ConfigError):
        save_changes(file, {("ingest", "workers"): 5})

    assert file.read_text() == "[ingest\nworkers = 4\n"


def test_line_ends_and_mark_of_windows_stay(file):
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())

    save_changes(file, {("ingest", "workers"): 5, ("ingest", "quote"): "EUR"})

    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n") == TEXT.count("\n") + 1


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
def test_a_link_stays_a_link_and_a_secret_file_stays_secret(file, tmp_path):
    file.chmod(0o600)
    link = tmp_path / "other" / "paths.toml"
    link.parent.mkdir()
    link.symlink_to(file)

    save_changes(link, {("ingest", "workers"): 5})

    assert link.is_symlink()
    assert get_settings(file).ingest.workers == 5
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"other", "paths.toml"}


@pytest.mark.parametrize("place", ["no folder/paths.toml", "paths.toml/paths.toml"])
def test_a_refusal_of_the_disk_is_told(file, place):
    with pytest.raises(StoreError, match="could not be written"):
        save_changes(file.parent / place, {("ingest", "workers"): 5})

    assert [each.name for each in file.parent.iterdir()] == ["paths.toml"]


@given(st.lists(st.sampled_from(("1m", "5m", "15m", "1h", "4h", "1d", "1w")), unique=True))
def test_any_list_is_written_as_it_is_meant(names):
    changed = changed_text(TEXT, {("ingest", "timeframes"): names})

    tables = tables_of(Path("paths.toml"), changed)
    assert tables["ingest"] == {"workers": 4, "timeframes": names}
    assert tables["groups"] == {"L1": ["BTC"]}
