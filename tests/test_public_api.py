"""The paths, names and signatures that users know: promised ones exist, and none changes unseen.

`tests/public_api.txt` is the golden picture. After a change that is meant: python3 -m tests.test_public_api
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

GOLDEN = Path(__file__).with_name("public_api.txt")

# Import path -> what must be there: a name, Class.method, or either with the names of its parameters.
PUBLIC = {
    "threadx": ["__version__"],
    "threadx.config": ["get_settings(path)", "Settings"],
    "threadx.data": ["UnifiedDataAdapter"],
    "threadx.data.ingest": [
        "IngestionManager(settings)",
        "IngestionManager.download_ohlcv_1m(symbol, start, end)",
        "IngestionManager.resample_from_1m_api(symbol, timeframe, start, end)",
        "IngestionManager.update_assets_batch(symbols, start_date, end_date, target_timeframes, max_workers, dry_run)",
        "IngestionManager.verify_resample_consistency(df_1m, df_tf, timeframe)",
        "ingest_binance(symbol, interval, start_iso, end_iso)",
        "ingest_batch(mode, symbols_or_group, interval, start_iso, end_iso)",
    ],
    "threadx.data.io": [
        """WriteOptions(mode, deduplicate, check_integrity, compute_checksum, compression, partition_by_date,
        timeout_sec)""",
        "read_frame",
        "read_frame_partitioned(base_path, symbol, start_date, end_date, columns, as_of)",
        "write_frame",
        "write_frame_partitioned(df, base_path, symbol, options)",
    ],
    "threadx.data.legacy_adapter": [
        "LegacyAdapter.fetch_klines_1m(symbol, start, end)",
        "LegacyAdapter.detect_gaps_1m(df)",
        "LegacyAdapter.fill_gaps_conservative(df, gaps)",
    ],
    "threadx.data.legacy_files": [
        "LegacyFiles(settings)",
        "LegacyFiles.convert(paths)",
        "LegacyFiles.find(symbol, timeframe)",
        "LegacyFiles.preview(paths)",
        "LegacyFiles.read(path)",
    ],
    "threadx.data.loader": ["BinanceDataLoader"],
    "threadx.data.registry": [
        """DatasetInfo(symbol, provider, timeframe, first_date, last_date, total_rows, total_partitions,
        file_size_bytes, checksum, last_updated, data_quality)""",
        "RegistryManager(data_root)",
        "RegistryManager.list_datasets(symbol, provider, timeframe)",
        "RegistryManager.refresh_all(provider_filter)",
        "RegistryManager.scan_partitioned_dataset(path, symbol, provider, timeframe)",
        "dataset_exists(symbol, timeframe, provider)",
        "file_checksum",
        "get_checksum",
        "quick_inventory",
    ],
    "threadx.data.unified_diversity_pipeline": [
        "UnifiedDiversityPipeline(settings)",
        "UnifiedDiversityPipeline.process_batch(symbols, indicators, timeframes)",
    ],
    "threadx.indicators.bank": [
        "IndicatorBank(settings)",
        "IndicatorBank.calculate(symbol, indicator, params, timeframe)",
        "IndicatorBank.ensure(symbol, indicator, params, timeframe)",
        "IndicatorBank.calculate_many",
        "IndicatorBank.status",
        "IndicatorBank.delete",
    ],
    "threadx.data.snapshots": [
        "SnapshotStore(settings)",
        "SnapshotStore.publish(domain, files, stamp)",
        "SnapshotStore.read(domain, filename, as_of)",
        "SnapshotStore.list(domain)",
        "SnapshotStore.diff(domain, stamp_a, stamp_b)",
        "SnapshotStore.archive",
        "SnapshotStore.restore",
        "latest_partition(base_dir, require_success)",
        "read_parquet_latest(base_dir, filename)",
    ],
    "threadx.data.tokens": [
        "TokenDiversityConfig(groups, symbols, supported_tf)",
        "TokenDiversityDataSource(config)",
        "TokenDiversityDataSource.get_frame(symbol, timeframe)",
        "TokenDiversityDataSource.list_symbols(group)",
        "TokenDiversityDataSource.supported_timeframes",
        "TokenManager(settings)",
        "TokenManager.get_top_tokens(limit)",
        "create_default_config",
    ],
    "threadx.data.udfi_contract": [
        "CRITICAL_COLS",
        "EXPECTED_DTYPES",
        "REQUIRED_COLS",
        "UDFIColumnError",
        "UDFIError",
        "UDFIIndexError",
        "UDFITypeError",
        "UDFIValueError",
        "assert_udfi(df, strict)",
    ],
}
INNER = {  # doors that tests and benchmarks use by name; the rest of these modules may change
    "threadx.bars.checks": ["violations(frame)"],
    "threadx.bars.gaps": ["find_gaps(frame)"],
    "threadx.bars.resample": ["resample(frame, timeframe)", "resample_all(frame, timeframes)"],
    "threadx.bridge": [
        "ThreadXBridge(settings)",
        "ThreadXBridge.download(symbols, start, end, timeframes, workers, refetch)",
        "ThreadXBridge.dry_run(symbols, start, end)",
        "ThreadXBridge.verify",
        "ThreadXBridge.export",
        "ThreadXBridge.close",
    ],
    "threadx.demo": ["DemoExchange(replay, seed, now)"],
    "threadx.store": [
        "Store(data_root)",
        "Store.write(provider, symbol, frame)",
        "Store.read(provider, symbol, timeframe, start, end, columns, as_of)",
        "Store.history(provider, symbol)",
        "Store.undo(provider, symbol)",
        "Store.delete",
        "Store.verify(level, provider, symbol)",
    ],
}


PROMISED = PUBLIC | INNER


@pytest.mark.parametrize(("path", "promise"), [(path, each) for path, names in PROMISED.items() for each in names])
def test_what_was_promised_is_there(path, promise):
    name, _, parameters = promise.partition("(")
    found = importlib.import_module(path)
    for part in name.split("."):
        found = getattr(found, part)
    if parameters:
        wanted = parameters.rstrip(")").replace(",", " ").split()
        assert [each for each in inspect.signature(found).parameters if each != "self"][: len(wanted)] == wanted


@pytest.mark.parametrize("path", PROMISED)
def test_all_is_sorted_and_every_name_in_it_exists(path):
    module = importlib.import_module(path)
    assert list(module.__all__) == sorted(module.__all__, key=_as_ruff_sorts)
    assert all(hasattr(module, name) for name in module.__all__)


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order that ruff keeps `__all__` in."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


@pytest.mark.parametrize("path", PUBLIC)
def test_nothing_public_changed_unseen(path):
    golden = re.split(r"\n(?=== )", GOLDEN.read_text("utf-8").strip())
    assert next(part for part in golden if part.startswith(f"== {path}\n")).splitlines() == picture(path)


def picture(path: str) -> list[str]:
    """Return one line for each public name of a module, and for each public method of its classes."""
    module = importlib.import_module(path)
    lines = [f"== {path}"]
    for name in module.__all__:
        lines += _lines(module, name)
    return lines


def _lines(module: ModuleType, name: str) -> list[str]:
    thing = getattr(module, name)
    if inspect.isclass(thing):
        bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
        signature = _signature(thing) if dataclasses.is_dataclass(thing) or "__init__" in vars(thing) else "(...)"
        return [f"class {name}[{bases}]{signature}", *_methods(thing)]
    if inspect.isroutine(thing):
        return [f"def {name}{_signature(thing)}"]
    return [f"{name}: {type(thing).__name__}"]


def _methods(kind: type) -> list[str]:
    lines = []
    for name, member in sorted(vars(kind).items()):
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            lines.append(f"    {name}: property")
        elif callable(plain := getattr(member, "__func__", member)) and not inspect.isclass(plain):
            lines.append(f"    def {name}{_signature(plain)}")
    return lines


def _signature(thing: object) -> str:
    return re.sub(r" at 0x[0-9a-f]+|<factory>", "", str(inspect.signature(thing))).replace("'", "")


if __name__ == "__main__":
    sys.exit(GOLDEN.write_text("\n\n".join("\n".join(picture(path)) for path in PUBLIC) + "\n", "utf-8") and None)
