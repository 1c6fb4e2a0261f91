from __future__ import annotations

from tests.store.bank_maker import filled, settings_of
from threadx.bridge import ThreadXBridge
from threadx.commands.delete import run as delete
from threadx.commands.parser import parse
from threadx.commands.request import Request
from threadx.commands.undo import run as undo
from threadx.progress import Progress


def test_what_was_done_to_the_others_is_told_where_one_symbol_fails(tmp_path):
    """The second one's error was all there was to read, though the first one's bars were gone."""
    store = filled(tmp_path / "data", "BTCUSDT", "ETHUSDT", "SOLUSDT")
    store.delete("binance", "ETHUSDT", "1h")
    words = ("--symbols", "BTCUSDT,ETHUSDT,SOLUSDT", "--timeframes", "1h", "--yes")
    with ThreadXBridge(settings_of(tmp_path), remember=False, log_lines=False) as bridge:
        result = delete(Request(parse(["delete", *words]).flags, bridge), Progress())

        assert (result.exit_code, list(result.document["generations"])) == (1, ["BTCUSDT", "SOLUSDT"])
        assert [each["symbol"] for each in result.document["failures"]] == ["ETHUSDT"]
        assert result.errors[0].startswith("error: ")
        assert "BTCUSDT: removed" in result.blocks[0]

        back = undo(Request(parse(["undo", "--symbols", "BTCUSDT,SOLUSDT", "--yes"]).flags, bridge), Progress())
    assert (back.exit_code, back.document["failures"], len(back.blocks)) == (0, [], 2)
