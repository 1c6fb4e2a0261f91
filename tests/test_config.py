"""Settings: defaults, where they come from, and every hostile file ending in one clear ConfigError."""

from __future__ import annotations

import dataclasses
import pickle
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.settings_file import refusal, written
from threadx import config_rules as rules
from threadx.config import Settings, get_settings
from threadx.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[1]
SHIPPED = PROJECT / "paths.toml"


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


def test_defaults_are_those_of_the_shipped_file():
    shipped = get_settings(SHIPPED)
    assert dataclasses.replace(shipped, file=None) == Settings.under(PROJECT)


def test_the_shipped_file_explains_every_key(tmp_path):
    lines = SHIPPED.read_text("utf-8").splitlines()
    for table in dataclasses.fields(Settings):
        section = getattr(Settings.under(tmp_path), table.name)
        for key in dataclasses.fields(section) if table.name not in ("file", "groups", "real_provider") else ():
            at = next((i for i, line in enumerate(lines) if re.match(rf"(# )?{key.name} = ", line)), None)
            assert at is not None, key.name
            above = next(line for line in reversed(lines[:at]) if not re.match(r"\w+ = ", line))
            assert above.startswith("# "), key.name


def test_the_keys_that_the_shipped_file_shows_in_comments_have_their_default_values(write):
    text = SHIPPED.read_text("utf-8")
    file = write(re.sub(r"(?m)^# (\w+ = \"data/)", r"\1", text))
    assert "\nindicators" in file.read_text("utf-8")
    assert dataclasses.replace(get_settings(file), file=None) == Settings.under(file.parent)


def test_an_empty_file_means_defaults_beside_the_file(write):
    file = write("")
    settings = get_settings(file)
    assert settings == dataclasses.replace(Settings.under(file.parent), file=file)


def test_relative_paths_start_from_the_file_and_absolute_ones_stay(write, tmp_path):
    settings = get_settings(write(f"[paths]\ndata_root = 'bank/here'\nlogs = '{tmp_path}/elsewhere'"))
    assert settings.paths.data_root == tmp_path / "bank" / "here"
    assert settings.paths.logs == tmp_path / "elsewhere"


def test_what_is_not_named_follows_the_data_root(write, tmp_path):
    settings = get_settings(write("[paths]\ndata_root = '../bank'\nlegacy = 'old'"))
    assert settings.paths.indicators == tmp_path.parent / "bank" / "indicators"
    assert settings.paths.legacy == tmp_path / "old"


def test_another_data_root_takes_what_lay_under_the_old_one_along(tmp_path):
    settings = Settings.under(tmp_path / "one").with_data_root(tmp_path / "two")
    assert settings.paths.data_root == tmp_path / "two"
    assert settings.paths.selection_json.parent == tmp_path / "two"
    assert settings.paths.logs == tmp_path / "one" / "logs"


def test_the_file_of_the_current_folder_is_read_first(write, tmp_path, monkeypatch):
    file = write("[ingest]\nquote = 'EUR'")
    monkeypatch.chdir(tmp_path)
    assert get_settings().ingest.quote == "EUR"
    assert get_settings().file == file


def test_the_file_beside_run_tkinter_is_read_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert get_settings().file == SHIPPED


def test_an_installed_threadx_without_a_file_takes_defaults_under_the_current_folder(tmp_path):
    (tmp_path / "lib" / "threadx").mkdir(parents=True)
    for module in (PROJECT / "threadx").glob("*.py"):
        shutil.copy(module, tmp_path / "lib" / "threadx")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "lib")!r})
from threadx.config import get_settings
print(get_settings().file, get_settings().paths.data_root)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"None {tmp_path / 'data'}"


def test_a_file_is_read_once_until_it_changes(write):
    file = write("[ingest]\nquote = 'EUR'")
    first = get_settings(file)
    assert get_settings(str(file)) is first
    write("[ingest]\nquote = 'FDUSD'")
    assert get_settings(file).ingest.quote == "FDUSD"


def test_eight_threads_get_the_same_object(write):
    file = write("[ingest]\nworkers = 2")
    seen: list[Settings] = []
    threads = [threading.Thread(target=lambda: seen.append(get_settings(file))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert {id(each) for each in seen} == {id(seen[0])}


def test_settings_are_frozen_and_cross_process_boundaries(tmp_path):
    settings = Settings.under(tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.ingest.quote = "EUR"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.groups["L1"] = ("BTC",)  # type: ignore[index]
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert hash(settings) == hash(Settings.under(tmp_path))


def test_a_mark_in_front_of_utf8_is_accepted(write):
    assert get_settings(write(b"\xef\xbb\xbf[ingest]\nquote = 'EUR'")).ingest.quote == "EUR"


def test_the_password_of_a_proxy_is_never_shown(write):
    settings = get_settings(write("[source]\nproxy = 'http://me:secret@127.0.0.1:3128'"))
    assert settings.source.proxy == "http://me:secret@127.0.0.1:3128"
    assert "secret" not in repr(settings)
    error = refusal(write("[source]\nproxy = 'ftp://me:secret@proxy:21'"))
    assert "secret" not in f"{error} {error.hint} {error.fields}"


def test_the_environment_is_not_looked_at(tmp_path):
    code = f"""
import os
class Watched(dict):
    def __getitem__(self, key): raise SystemExit("read " + str(key))
    get = __contains__ = __getitem__
import threadx.config
os.environ = Watched(os.environ)
threadx.config.get_settings({str(SHIPPED)!r})
print("unread")"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "unread"


def test_a_trusted_host_is_named_in_extra_hosts(write):
    text = "[source]\nextra_hosts = ['Mirror.example.com']\nrest_hosts = ['https://mirror.example.com:8443/']"
    assert get_settings(write(text)).source.rest_hosts == ("https://mirror.example.com:8443",)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8765", "http://localhost:1", "http://[::1]:9", "https://127.0.0.2"])
def test_a_source_on_this_computer_may_be_plain_http(tmp_path, url):
    source = Settings.under(tmp_path).with_source(url, "demo").source
    assert (source.name, source.rest_hosts, source.archive_host) == ("demo", (url,), url)


@pytest.mark.parametrize("url", ["http://api.binance.com", "http://10.0.0.1", "https://evil.example", "127.0.0.1:80"])
def test_a_source_elsewhere_must_be_https_on_the_list(tmp_path, url):
    with pytest.raises(ConfigError, match=r"^command line: --source"):
        Settings.under(tmp_path).with_source(url, "demo")


def test_timeframe_names_are_those_of_the_domain():
    from threadx.bars.timeframe import TIMEFRAMES

    assert tuple(each.name for each in TIMEFRAMES) == rules.TIMEFRAME_NAMES


@pytest.mark.parametrize(
    ("named", "home"), [("", "binance"), ("name = 'demo'", "binance"), ("name = 'kraken'", "kraken")]
)
def test_legacy_files_go_to_the_source_but_never_beside_invented_bars(write, named, home):
    settings = get_settings(write(f"[source]\n{named}"))
    invented = dataclasses.replace(settings, source=dataclasses.replace(settings.source, name="demo"))
    other = settings.with_source("http://127.0.0.1:1", "other")
    assert (settings.legacy_provider, invented.legacy_provider, other.legacy_provider) == (home, home, "other")
