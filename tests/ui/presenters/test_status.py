"""What the status bar says."""

from __future__ import annotations

from pathlib import Path

import pytest

from threadx import i18n
from threadx.bridge.reads import Status
from threadx.ui.presenters.status import data_text, size_text, source_role, source_text, weight_text

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (2_100_000_000, "2.1 GB"),
        (131_400_000, "131 MB"),
        (10**16, "10,000 TB"),
    ],
)
def test_sizes_are_short(size, text):
    assert size_text(size) == text


def test_sizes_are_french_in_french():
    i18n.activate("fr")
    assert size_text(2_100_000_000) == "2,1 Go"


def test_the_home_folder_is_a_tilde():
    assert data_text(HOME / "ThreadX", HOME, 2_100_000_000) == "Data: ~/ThreadX · 2.1 GB"
    assert data_text(Path("/data"), HOME, None) == "Data: /data"


def test_a_long_folder_keeps_its_end():
    text = data_text(Path("/very") / ("long/" * 20) / "bank", HOME, None)
    assert text.endswith("/bank")
    assert len(text) < 50


@pytest.mark.parametrize(
    ("reachable", "text", "role"),
    [(None, "Binance", ""), (True, "Binance: connected", ""), (False, "Binance: not reachable", "Warning")],
)
def test_the_source_and_whether_it_answers(reachable, text, role):
    status = Status("binance", "https://data-api.binance.vision", None, reachable)
    assert (source_text(status), source_role(status)) == (text, role)


def test_the_weight_is_a_dash_until_somebody_has_said():
    assert weight_text(Status("demo", "", None, None)) == "API weight –"
    assert weight_text(Status("demo", "", 1312, True)) == "API weight 1,312"
    assert weight_text(Status("demo", "", 1312, True, 6000)) == "API weight 1,312 / 6,000"
    assert weight_text(Status("demo", "", None, True, 6000)) == "API weight –"
