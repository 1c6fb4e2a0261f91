"""Every hostile settings file ends in one clear ConfigError that names the file, the key and what is allowed."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from tests.settings_file import refusal, written
from threadx import config_rules as rules
from threadx.config import FILE_NAME, Groups, Settings, get_settings
from threadx.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


BROKEN_FILES = {
    "UTF-16": ("[paths]".encode("utf-16"), "not UTF-8 text"),
    "UTF-16 without a mark": ("[ui]".encode("utf-16-le"), "not valid TOML"),
    "UTF-32": ("[ui]".encode("utf-32"), "not UTF-8 text"),
    "Latin-1": ("[groups]\nété = ['BTC']".encode("latin-1"), "not UTF-8 text"),
    "cut UTF-8": (b"[groups]\nx = ['\xe5\xb8']", "not UTF-8 text"),
    "surrogate": (b"[groups]\nx = ['\xed\xa0\x80']", "not UTF-8 text"),
    "NUL": (b"[ingest]\nquote = 'A\x00B'", "not valid TOML"),
    "only NULs": (bytes(100), "not valid TOML"),
    "binary": (bytes(range(128, 256)), "not UTF-8 text"),
    "bare word": ("quote = USDC", "not valid TOML"),
    "cut in the middle": ("[paths]\ndata_root = 'da", "not valid TOML"),
    "Windows path with single backslashes": ('[paths]\ndata_root = "C:\\Users\\me"', "not valid TOML"),
    "JSON": ('{"paths": {"data_root": "data"}}', "not valid TOML"),
    "duplicate key": ("[ingest]\nquote = 'USDC'\nquote = 'EUR'", "not valid TOML"),
    "duplicate table": ("[ingest]\n[ui]\n[ingest]", "not valid TOML"),
    "nested 3,000 deep": ("[groups]\nx = " + "[" * 3000 + "]" * 3000, "nested too deeply"),
    "table 3,000 deep": ("[" + ".".join("a" * 3000) + "]", "paths.toml: "),  # tomli since 2.1 refuses it, before: we
    "number of 5,000 digits": ("[ingest]\nworkers = " + "9" * 5000, "not valid TOML"),
    "number of 4,000 digits": ("[ingest]\nworkers = " + "9" * 4000, "whole number from 1 to 64"),
    "two megabytes": ("# " + "x" * 2_000_000, "larger than"),
    "table instead of key": ("[ingest.quote]\nname = 'USDC'", "[ingest] quote"),
    "key instead of table": ("ingest = 3", "ingest must be a table"),
    "list of tables": ("[[ingest]]\nquote = 'USDC'", "ingest must be a table"),
    "unknown table": ("[logs]\nlevel = 'INFO'", 'unknown table or key "logs"'),
    "unknown key": ("[ingest]\nqoute = 'EUR'", 'unknown key "qoute" in [ingest]'),
    "key outside any table": ("quote = 'EUR'", 'unknown table or key "quote"'),
    "key of another table": ("[ui]\nworkers = 3", 'unknown key "workers" in [ui]'),
    "empty key": ('[ui]\n"" = 3', 'unknown key "" in [ui]'),
    "control characters in a key": ('[ui]\n"a\\u001b[31m\\nb" = 3', r'unknown key "a\x1b[31m\nb"'),
    "direction marks in a key": ('[ui]\n"them\u202ee" = 3', r'"them\u202ee"'),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_one_clear_line(write, name):
    content, expected = BROKEN_FILES[name]
    file = write(content)
    error = refusal(file)
    assert expected in str(error)
    assert str(error).startswith(f"{file}: ")
    assert "\n" not in f"{error}{error.hint}"
    assert len(str(error)) < 700


SECTIONS = {  # table -> key -> a good value, as in the file, and bad ones
    "paths": {
        key: (
            "'here'",
            ["''", "' '", "3", "true", "['a']", "'~/x'", "'~me/x'", '"a\\u0000b"', '"a\\u001bb"', '"a\\nb"'],
        )
        for key in ("data_root", "logs", "indicators", "legacy", "selection_json")
    },
    "source": {
        "name": (
            "'demo'",
            ["''", "'..'", "'a/b'", "'Binance'", "'import'", "3", '"a\\u0007"', "'été'", f"'{'a' * 33}'"],
        ),
        "rest_hosts": (
            "['https://api1.binance.com']",
            [
                "[]",
                "'https://api.binance.com'",
                "[3]",
                "['http://api.binance.com']",
                "['https://api.binance.co']",
                "['https://evil.example']",
                "['https://api.binance.com@evil.example']",
                "['https://user:pw@api.binance.com']",
                "['https://api.binance.com/v3']",
                "['https://api.binance.com?x=1']",
                "['https://api.binance.com#x']",
                "['https://api.binance.com\\\\@evil.example']",
                "['https://api.binance.com:99999']",
                "['https://api.binance.com:x']",
                "['https://api.binance.com.']",
                "['https://аpi.binance.com']",
                "['https://[::1']",
                "['file:///etc/passwd']",
                "['ftp://127.0.0.1']",
                "['api.binance.com']",
                "['https://']",
                "['']",
                '["https://api.binance.com\\n"]',
                '["https://api.bin\\tance.com"]',
                "['https://api.binance.com', 'https://API.binance.com/']",
                "['http://127.0.0.1.evil.example']",
                "['http://0x7f000001']",
                "['http://192.168.1.2']",
            ],
        ),
        "archive_host": ("'https://data.binance.vision'", ["''", "3", "'http://data.binance.vision'", "['x']"]),
        "market_cap_host": ("'https://api.coingecko.com'", ["''", "3", "'https://coingecko.example'"]),
        "extra_hosts": ("['mirror.example.com']", ["'x'", "[3]", "['https://x.example']", "['a b']", "['*']", "['']"]),
        "proxy": (
            "'http://127.0.0.1:3128'",
            ["3", "'proxy'", "'socks5://h:1'", "'http://h'", "'http://h:1/x'", "true"],
        ),
        "ca_bundle": ("''", ["3", "'missing.pem'", "'.'", "'~/x.pem'", "true"]),
    },
    "limits": {
        "weight_share": ("1", ["0", "-0.5", "1.01", "nan", "inf", "-inf", "true", "'0.5'", "[0.5]"]),
        "connections": ("8", ["0", "-1", "65", "8.0", "true", "'8'", "nan"]),
        "connect_timeout_s": ("1.5", ["0", "-1", "nan", "inf", "true", "'5'", "31"]),
        "read_timeout_s": ("2", ["0", "-1", "nan", "inf", "true", "'5'", "31"]),
        "total_timeout_s": ("3600", ["0", "9", "nan", "inf", "3601", "true", "'5'"]),
        "max_retries": ("0", ["-1", "21", "3.0", "true", "'3'"]),
    },
    "ingest": {
        "quote": ("'USDT'", ["''", "'usdt'", "'US DT'", "'US/DT'", "3", "true", '"US\\u0000"', "'-X'"]),
        "history_days": ("36500", ["0", "-1", "36501", "1.5", "true", "'365'", "2020-01-01"]),
        "timeframes": ("['3m', '1mo']", ["'1h'", "['1H']", "['3d']", "['1M']", "[60]", "['1h', '1h']", "[['1h']]"]),
        "settle_delay_s": ("0", ["-1", "3601", "5.5", "nan", "true", "'5'"]),
        "fill_limit_minutes": ("0", ["-1", "525601", "1.5", "inf", "true", "'240'"]),
        "workers": ("64", ["0", "-4", "65", "4.0", "true", "'4'", "[4]"]),
    },
    "store": {
        "compression": ("'auto'", ["''", "'LZ4'", "'lz5'", "'none'", "3", "true", "['lz4']"]),
        "keep_operations": ("1", ["0", "-1", "10001", "1.5", "true", "'10'"]),
        "lock_timeout_s": ("0.5", ["0", "-1", "nan", "inf", "86401", "true", "'120'"]),
    },
    "groups": {
        "Mine": ("['BTC', '币安人生', 'BTC-USD']", ["'BTC'", "3", "['btc']", "['A B']", "['A/B']", "['../X']", "['']"]),
        "Odd": (
            "[]",
            ["[3]", "[['BTC']]", "['BTC', 'BTC']", '["B\\u0000"]', '["B\\u202e"]', "{a = 1}", "true", "['e\u0301']"],
        ),
    },
    "universe": {
        "fallback_quote": ("'USDT'", ["'usdt'", "3", "'U S'"]),
        "price_tolerance": ("0.2", ["0", "-0.1", "1.5", "nan", "'a'", "true"]),
        "overrides": (
            "['BEAMX=beam-2', 'XYZ=']",
            [
                "'BEAMX=beam'",
                "['BEAMX']",
                "['=beam']",
                "['beamx=beam']",
                "['BEAMX=Beam 2']",
                "[3]",
                "['A=a', 'A=a']",
                "['A=a', 'A=b']",
            ],
        ),
        "exclude": ("['ABC']", ["'ABC'", "['abc']", "['ABC', 'ABC']"]),
        "include": ("['PAXG']", ["'PAXG'", "['paxg']", "[3]"]),
        "lineage": (
            "['OM->MANTRA 1:4']",
            [
                "'OM->MANTRA 1:4'",
                "['OM->MANTRA']",
                "['OM->OM 1:1']",
                "['OM->MANTRA 0:4']",
                "['om->MANTRA 1:4']",
                "[3]",
                "['OM->MANTRA 1:4', 'OM->X 1:1']",
                "['OM->MANTRA 1:٤']",
            ],
        ),
        "coingecko_key": ("'CG-abc123'", ["'a b'", "3", "'é'"]),
    },
    "indicators": {
        **dict.fromkeys(
            ("bollinger_periods", "atr_periods", "ema_periods", "vortex_periods", "rsi_periods", "sma_periods"),
            ("[1, 10000]", ["14", "[0]", "[10001]", "[1.5]", "['14']", "[14, 14]", "[true]", "true"]),
        ),
        "bollinger_std": ("[0.5, 2]", ["2.0", "[0]", "[-1]", "[101]", "[nan]", "['2']", "[2, 2.0]", "[true]"]),
        "macd": ("[3, 10, 16]", ["12", "[]", "[12, 26]", "[26, 12, 9]", "[12, 12, 9]", "[1, 2, 0]", "['a', 2, 3]"]),
        "max_gap_minutes": ("0", ["-1", "525601", "1.5", "true", "'1'"]),
    },
    "workers": {"processes": ("2", ["-1", "65", "1.5", "true", "'2'"])},
    "cluster": {
        "address": (
            "'tcp://10.0.0.2:8786'",
            [
                "3",
                "true",
                "'10.0.0.2'",
                "'http://h:1'",
                "'tcp://h'",
                "'tcp://h:1/x'",
                "'tcp://h:99999'",
                "'tcp:// h:1'",
            ],
        )
    },
    "logging": {
        "level": ("'DEBUG'", ["'debug'", "'TRACE'", "''", "10", "true"]),
        "max_size_mb": ("1", ["0", "-1", "1025", "0.5", "true", "'10'"]),
        "max_files": ("2", ["1", "0", "-1", "101", "5.0", "true", "'5'"]),
    },
    "ui": {
        "language": ("'fr'", ["'de'", "'FR'", "''", "3", "true"]),
        "theme": ("'dark'", ["'blue'", "''", "3", "true"]),
    },
}
GOOD = [(table, key, SECTIONS[table][key][0]) for table in SECTIONS for key in SECTIONS[table]]
BAD = [(table, key, bad) for table in SECTIONS for key in SECTIONS[table] for bad in SECTIONS[table][key][1]]


def test_every_key_there_is_has_good_and_bad_values_here(tmp_path):
    settings = Settings.under(tmp_path)
    for table in dataclasses.fields(settings):
        if table.name not in ("file", "groups", "real_provider"):
            section = getattr(settings, table.name)
            assert set(SECTIONS[table.name]) == {each.name for each in dataclasses.fields(section)}, table.name


@pytest.mark.parametrize(("table", "key", "value"), GOOD)
def test_a_good_value_is_taken(write, table, key, value):
    settings = get_settings(write(f"[{table}]\n{key} = {value}"))
    section = getattr(settings, table)
    kept = section[key] if table == "groups" else getattr(section, key)
    given = tomli.loads(f"x = {value}")["x"]
    if table == "paths":
        assert kept == settings.file.parent / given
    else:
        assert kept == (tuple(given) if isinstance(given, list) else given)


@pytest.mark.parametrize(("table", "key", "value"), BAD)
def test_a_bad_value_names_file_key_and_what_is_allowed(write, table, key, value):
    file = write(f"[{table}]\n{key} = {value}")
    error = refusal(file)
    text = str(error)
    assert text.startswith(f"{file}: ")
    assert f"[{table}]" in text
    assert key in text or "_timeout_s" in text
    assert re.search(r"must|may|cannot|only|more than once|not a host name|no such file|not expanded|longer than", text)
    assert f"{text}{error.hint}".isprintable()


def test_there_are_far_more_than_thirty_hostile_files():
    assert len(BROKEN_FILES) + len(BAD) > 200


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[ingest]\nqoute = 'EUR'", "did you mean quote?"),
        ("[ingst]\nquote = 'EUR'", "did you mean ingest?"),
        ("[Ingest]\nquote = 'EUR'", "did you mean ingest?"),
        ("[ui]\nworkers = 3", "it belongs under [ingest]"),
        ("workers = 3", "it belongs under [ingest]"),
        ("[ui]\nzzz = 3", "allowed are language theme"),
        ("[store]\ncompression = 'LZ4'", 'did you mean "lz4"?'),
        ("[ingest]\ntimeframes = ['1H']", 'did you mean "1h"?'),
        ("[source]\narchive_host = 'https://data.binance.vison'", 'did you mean "data.binance.vision"?'),
        ("[source]\narchive_host = 'https://m.example'", 'extra_hosts = ["m.example"]'),
    ],
)
def test_the_hint_names_the_nearest_right_name(write, text, hint):
    assert hint in refusal(write(text)).hint


@pytest.mark.parametrize("kept", ["processed", "processed/x", ".threadx"])
def test_nothing_else_may_live_among_the_bars(write, kept):
    assert "must not lie inside" in str(refusal(write(f"[paths]\nlogs = 'data/{kept}'")))


@pytest.mark.parametrize("name", ['""', '" "', '" L1"', '"a\\nb"', '"a\\u0000"', '"' + "x" * 65 + '"'])
def test_a_group_has_a_name_that_can_be_seen(write, name):
    assert "visible characters" in str(refusal(write(f"[groups]\n{name} = ['BTC']")))


def test_own_groups_replace_the_default_ones(write):
    groups = get_settings(write("[groups]\nMine = ['BTC']")).groups
    assert dict(groups) == {"Mine": ("BTC",)}
    assert groups == Groups((("Mine", ("BTC",)),))
    with pytest.raises(KeyError):
        groups["L1"]


def test_a_file_that_is_not_there_is_refused_when_it_was_asked_for(tmp_path):
    assert "no such settings file" in str(refusal(tmp_path / "none.toml"))


def test_a_folder_is_not_a_settings_file(tmp_path):
    assert "is not a file" in str(refusal(tmp_path))


def test_a_file_below_a_file_cannot_be_read(write):
    assert "cannot be read" in str(refusal(write("") / "paths.toml"))


def test_a_path_with_a_nul_is_no_file():
    assert "cannot be the name of a file" in str(refusal("a\0b"))


def test_a_dangling_link_is_an_error_and_not_an_absent_file(tmp_path, monkeypatch):
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "gone.toml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="no such settings file"):
        get_settings()


def test_a_link_in_a_circle_cannot_be_read(tmp_path):
    (tmp_path / FILE_NAME).symlink_to(tmp_path / FILE_NAME)
    assert "cannot be read" in str(refusal(tmp_path / FILE_NAME))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_a_file_that_only_another_user_may_read_cannot_be_read():
    code = """
import os, sys
from threadx.config import get_settings
from threadx.errors import ConfigError
if os.geteuid() == 0:  # root reads everything: become nobody
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try: get_settings(sys.argv[1])
except ConfigError as error: print(error)"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, FILE_NAME)
        file.touch(mode=0)
        command = [sys.executable, "-c", code, str(file)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{file}: cannot be read (Permission denied)"


@given(st.binary(max_size=60))
def test_any_bytes_end_in_settings_or_a_config_error(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    with contextlib.suppress(ConfigError):
        assert get_settings(file).file == file


@given(st.text(max_size=12))
def test_the_nearest_word_is_one_of_the_words(word):
    assert rules.nearest(word, ("quote", "Workers")) in ("", "quote", "Workers")
