"""Times as people read them at a glance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from threadx import i18n
from threadx.ui.presenters.amounts import recent

LAST = int(datetime(2026, 11, 19, 23, 59, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


@pytest.mark.parametrize(("language", "shown"), [("en", "19 Nov 23:59"), ("fr", "19 nov. 23:59")])
def test_a_recent_bar_names_its_month_so_that_no_number_can_be_taken_for_another(language, shown):
    i18n.activate(language)
    assert recent(LAST, DAY_MS) == shown


def test_a_bar_of_another_year_says_the_year():
    assert recent(LAST, 400 * DAY_MS) == "2026-11-19"
