"""Work goes on where a process dies under it: what it held is done once more, and nothing else is lost."""

from __future__ import annotations

import os

import pytest

from tests.far_deaths import square_or_die
from threadx.data.sturdy import sturdy_map
from threadx.errors import ThreadXError
from threadx.workers import process_pool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the tests kill as this system cannot")


@pytest.fixture
def fuse(tmp_path):
    """Return what makes a file that kills as many processes as asked."""

    def call(deaths):
        path = tmp_path / f"fuse-{deaths}"
        path.write_text("." * deaths)
        return str(path)

    return call


def test_what_a_dead_process_held_is_done_once_more_and_left_out_only_if_that_dies_too(fuse):
    """Somebody who killed one worker ended a whole `convert` of many files."""
    fuses = {1: fuse(1), 4: fuse(9)}
    items = [(number, fuses.get(number, "")) for number in range(6)]
    results = sturdy_map(lambda _left: process_pool(1), square_or_die, items, ahead=2)
    assert list(results) == [0, 1, 4, 9, None, 25]


def test_where_every_process_dies_that_is_an_error_not_one_for_each_item(fuse):
    items = [(number, fuse(9)) for number in range(50)]
    results = sturdy_map(lambda _left: process_pool(1), square_or_die, items, ahead=1)
    assert next(results) is None
    with pytest.raises(ThreadXError, match="a worker process ended before its work was done"):
        next(results)
