"""Damage of every kind to every kind of file: a full verify finds all of it. Sizes grow with --fault-scale."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.store.bank_maker import filled, store_in
from threadx.store.store import Store

pytestmark = pytest.mark.faults

ROUNDS = 200
"""Per kind of damage and kind of file at --fault-scale 1."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("pristine")
    filled(root, "BTCUSDT")
    return root


def flip(data: bytes, noise: np.random.Generator) -> bytes:
    changed = bytearray(data or b"0")
    changed[noise.integers(len(changed))] ^= 1 << noise.integers(8)
    return bytes(changed)


def zero(data: bytes, noise: np.random.Generator) -> bytes:
    at = int(noise.integers(max(len(data) - 4096, 1)))
    return data[:at] + b"\0" * len(data[at : at + 4096]) + data[at + 4096 :]


def truncate(data: bytes, noise: np.random.Generator) -> bytes:
    return data[: noise.integers(max(len(data), 1))]


def append(data: bytes, noise: np.random.Generator) -> bytes:
    return data + noise.bytes(int(noise.integers(1, 100)))


DAMAGES = {"flip": flip, "zero": zero, "truncate": truncate, "append": append}


def targets(store: Store, kind: str) -> list[Path]:
    series = store.bank.generations.all_series()[0]
    match kind:
        case "object":
            return sorted(store.layout.objects(series).iterdir())
        case "visible":
            return sorted(store.layout.visible.rglob("*.parquet"))
        case "manifest":
            return sorted(store.layout.series(series).glob("g-*.json"))
        case "head":
            return [store.layout.head(series)]
        case _:
            return [store.catalog.index.path]


def replaced(path: Path, data: bytes) -> None:
    """Write in place, as a disk rots: the inode, and with it every link, stays."""
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(data)


@pytest.mark.parametrize("kind", ["object", "visible", "manifest", "head", "registry"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_full_verify_finds_all_damage(pristine, kind, damage, fault_scale):
    noise = np.random.default_rng(7)
    store = store_in(pristine)
    paths = targets(store, kind)
    for number in range(round(ROUNDS * fault_scale)):
        path = paths[number % len(paths)]
        before = path.read_bytes()
        after = DAMAGES[damage](before, noise)
        if after == before:
            continue
        replaced(path, after)
        report = store_in(pristine).verify("full")
        replaced(path, before)
        assert not report.ok, f"round {number}: {damage} of {path.name} went unnoticed"
    assert store_in(pristine).verify("full").findings == ()


@pytest.mark.parametrize("kind", ["object", "visible", "manifest"])
def test_a_full_verify_finds_two_files_that_changed_places(pristine, kind, tmp_path):
    store = store_in(pristine)
    paths = targets(store, kind)
    for one, two in pairwise(paths):
        swap(one, two, tmp_path)
        report = store_in(pristine).verify("full")
        swap(one, two, tmp_path)
        assert not report.ok, f"{one.name} and {two.name}"
    assert store_in(pristine).verify("full").findings == ()


def swap(one: Path, two: Path, scratch: Path) -> None:
    one.rename(scratch / "aside")
    two.rename(one)
    (scratch / "aside").rename(two)


def test_repairing_random_damage_always_ends_in_a_whole_bank(pristine, tmp_path, fault_scale):
    """Whatever is damaged, a second look finds nothing, and what is read is what was written or is gone."""
    truth = store_in(pristine).read("binance", "BTCUSDT")
    noise = np.random.default_rng(11)
    kinds = ["object", "visible", "manifest", "head", "registry"]
    for number in range(round(ROUNDS * fault_scale)):
        root = tmp_path / str(number)
        shutil.copytree(pristine, root)  # copies: visible files are no links here, a second whole copy of everything
        store = store_in(root)
        for kind in noise.choice(kinds, size=2):
            paths = targets(store, kind)
            path = paths[noise.integers(len(paths))]
            data = DAMAGES[str(noise.choice(list(DAMAGES)))](path.read_bytes(), noise)
            replaced(path, data)
        for _ in range(2):  # the second acknowledges a lost generation
            store_in(root).verify("full", repair=True)
        assert store_in(root).verify("deep").findings == ()
        left = store_in(root).read("binance", "BTCUSDT")
        assert left.equals(truth.loc[left.index])
        shutil.rmtree(root)
