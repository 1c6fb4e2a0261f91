"""Times and shares as people read them at a glance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from threadx import i18n
from threadx.ui.presenters.amounts import recent, share_text

LAST = int(datetime(2026, 11, 19, 23, 59, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000


@pytest.mark.parametrize(("language", "shown"), [("en", "19 Nov 23:59"), ("fr", "19 nov. 23:59")])
def test_a_recent_bar_names_its_month_so_that_no_number_can_be_taken_for_another(language, shown):
    i18n.activate(language)
    assert recent(LAST, DAY_MS) == shown


def test_a_bar_of_another_year_says_the_year():
    assert recent(LAST, 400 * DAY_MS) == "2026-11-19"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100 %"), (1 - 1e-9, "99.99 %"), (0.98765, "98.76 %"), (0.57, "57.00 %"), (0.0, "0.00 %")],
)
def test_a_share_says_100_percent_only_where_nothing_is_missing(share, shown):
    """0.57 of 10,000 is 5,699.99... to a computer, and was shown as 56.99 %."""
    i18n.activate("en")
    assert share_text(share) == shown
