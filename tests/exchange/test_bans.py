"""Bans on disk: remembered across clients, and never a reason to fail."""

from __future__ import annotations

import json
import threading

import pytest

from threadx.exchange.bans import BanMemory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / ".threadx" / "limits.json"


def test_nothing_is_remembered_where_there_is_no_file(path):
    assert BanMemory(path).until_ms("binance") == 0
    assert not path.parent.exists()


def test_a_ban_is_remembered_by_the_next_reader_family_by_family(path):
    BanMemory(path).remember("binance", 1_790_000_000_000)
    BanMemory(path).remember("127.0.0.1:1", 5)
    assert BanMemory(path).until_ms("binance") == 1_790_000_000_000
    assert BanMemory(path).until_ms("127.0.0.1:1") == 5
    assert [entry.name for entry in path.parent.iterdir()] == ["limits.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"banned_until_ms": 7}', b'{"banned_until_ms": {"binance": "soon"}}',
     b'{"banned_until_ms": {"binance": true}}', b"[" * 60_000, b"9" * 5000],
)  # fmt: skip
def test_a_damaged_file_remembers_nothing_and_is_replaced_at_the_next_ban(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert BanMemory(path).until_ms("binance") == 0
    BanMemory(path).remember("binance", 9)
    assert json.loads(path.read_bytes()) == {"banned_until_ms": {"binance": 9}}


def test_a_disk_that_takes_nothing_is_no_error(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    BanMemory(tmp_path / "data" / ".threadx" / "limits.json").remember("binance", 9)


def test_threads_that_write_at_once_leave_a_whole_file(path):
    memory = BanMemory(path)
    threads = [threading.Thread(target=memory.remember, args=(f"host{n}", n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [BanMemory(path).until_ms(f"host{n}") for n in range(8)] == list(range(8))
