from __future__ import annotations

import pytest

from threadx.bridge.waits import reason


@pytest.mark.parametrize(
    "text",
    [
        "waiting 12 s, the server asked",
        "waiting 40 s, this minute's 3000 of API weight are used",
        "waiting 2 s to ask again: BTCUSDC 1m: no answer {odd} in time",
        "waiting for process 12 on host, since 12:00",
        "something new",
    ],
)
def test_a_reason_keeps_its_figures(text):
    assert reason(text) == text
