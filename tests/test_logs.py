"""The log file: one line per record whatever a server sent, UTC, rotating, set up as often as one likes."""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
from collections.abc import Iterator

import pytest

from threadx import logs
from threadx.errors import StoreError

log = logging.getLogger("threadx.somewhere")


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    logs.tear_down()


def lines_of(path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def with_logging(settings, **changes):
    return dataclasses.replace(settings, logging=dataclasses.replace(settings.logging, **changes))


def test_a_line_has_a_utc_time_the_level_the_thread_and_the_place(settings):
    path = logs.set_up(settings)
    thread = threading.Thread(target=log.info, args=("%s: %d rows", "BTCUSDC", 3), name="pages-1")
    thread.start()
    thread.join()
    assert path == settings.paths.logs / "threadx.log"
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    \[pages-1\] threadx\.somewhere: BTCUSDC: 3 rows"
    assert re.fullmatch(pattern, lines_of(path)[0])


def test_set_up_again_changes_level_and_place_and_doubles_nothing(settings, tmp_path):
    first = logs.set_up(settings)
    logs.set_up(settings)
    log.info("once")
    moved = dataclasses.replace(settings, paths=dataclasses.replace(settings.paths, logs=tmp_path / "other"))
    second = logs.set_up(with_logging(moved, level="WARNING"))
    log.info("below the level")
    log.warning("elsewhere")
    assert len(lines_of(first)) == 1
    assert [line.split(": ")[-1] for line in lines_of(second)] == ["elsewhere"]


@pytest.mark.parametrize(
    "text", ["a\nERROR forged", "a\r\nb", "\x1b[31mred", "\x00", "\u202egnp.exe", "\u2028", "\x85", "\x7f"]
)
def test_what_a_server_sent_cannot_forge_lines_or_steer_a_terminal(settings, text):
    path = logs.set_up(settings)
    log.info("the server said %s", text)
    raw = path.read_bytes().decode("utf-8")
    assert raw.count("\n") == 1
    assert raw.rstrip("\n").isprintable()


def test_half_a_character_is_written_as_its_escape(settings):
    record = logging.LogRecord("threadx.x", logging.INFO, "", 1, "said %s", ("\ud800",), None)
    handler = logs._open(settings.paths.logs / "x.log", max_bytes=1000, files=2)
    handler.emit(record)
    handler.close()
    assert (settings.paths.logs / "x.log").read_text("utf-8").endswith("said \\ud800\n")


def test_a_traceback_keeps_its_lines_and_none_looks_like_a_record(settings, caplog):
    path = logs.set_up(settings)
    try:
        raise ValueError("evil\x1b[31m\n2026-01-01T00:00:00.000Z ERROR forged")  # noqa: TRY301 - a traceback is wanted
    except ValueError:
        log.exception("failed")
    lines = lines_of(path)
    assert [line for line in lines if re.match(r"\d{4}-", line)] == [lines[0]]
    assert all(line.isprintable() for line in lines)
    assert any("Traceback" in line for line in lines)


def test_old_files_are_put_aside_and_only_so_many_kept(settings):
    path = logs.set_up(with_logging(settings, max_size_mb=1, max_files=3))
    for _ in range(45):
        log.info("x" * 100_000)
    names = sorted(each.name for each in path.parent.iterdir())
    assert names == ["threadx.log", "threadx.log.1", "threadx.log.2"]
    assert all(each.stat().st_size <= 1_000_000 for each in path.parent.iterdir())


def test_a_folder_that_cannot_be_written_is_a_clear_error(settings):
    settings.paths.logs.parent.mkdir(parents=True, exist_ok=True)
    settings.paths.logs.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="the log cannot be written"):
        logs.set_up(settings)


def test_after_tear_down_nothing_is_written(settings):
    path = logs.set_up(settings)
    logs.tear_down()
    log.warning("not written")
    assert lines_of(path) == []
