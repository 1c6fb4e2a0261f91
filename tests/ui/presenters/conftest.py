"""Presenters' words are tested in English; a test that speaks French leaves nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from threadx import i18n


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.activate("en")
    yield
    i18n.activate("en")
