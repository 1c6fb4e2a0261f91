"""The log as events, with the job and the symbol that a line is about."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from threadx.bridge.events import JobKind, JobSpec, LogLine
from threadx.bridge.jobs import Jobs
from threadx.bridge.log_lines import LogLines


@pytest.fixture
def lines():
    found: list[LogLine] = []
    logger, handler = logging.getLogger("threadx.test_log_lines"), LogLines(found.append)
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


log = logging.getLogger("threadx.test_log_lines")


def test_a_line_has_its_time_in_utc_its_level_and_its_text(lines):
    log.warning("%s of %s", 1, 2)
    (line,) = lines
    assert (line.text, line.level, line.logger, line.job_id) == ("1 of 2", 30, "threadx.test_log_lines", None)
    assert abs(line.created - datetime.now(UTC)) < timedelta(minutes=30)


@pytest.mark.parametrize(
    ("arguments", "symbol"),
    [
        (("%s: fetched", "BTCUSDC"), "BTCUSDC"),
        (("%s: not updated", "binance BTCUSDC"), "BTCUSDC"),
        (("%s: not readable", "/a/b"), ""),
        (("%s files", 12), ""),
        (("%s", ""), ""),
        (("no argument",), ""),
        (("found %s", "BTCUSDC"), ""),
    ],
)
def test_the_symbol_is_what_a_message_begins_with(lines, arguments, symbol):
    log.info(*arguments)
    assert lines[0].symbol == symbol


def test_a_line_on_a_jobs_thread_belongs_to_the_job(lines):
    jobs = Jobs(1, lambda _event: None)
    job_id = jobs.submit(JobSpec(JobKind.DOWNLOAD, "ETHUSDC"), lambda _progress: log.info("at work"))
    assert jobs.ended(60)
    assert (lines[0].job_id, lines[0].symbol) == (job_id, "ETHUSDC")


def test_a_traceback_is_kept(lines, caplog):
    try:
        {}["none"]
    except KeyError:
        log.exception("ours")
    assert lines[0].text.startswith("ours\nTraceback")
    assert "KeyError" in lines[0].text
