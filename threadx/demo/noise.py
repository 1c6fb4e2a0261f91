"""Random numbers without state: the same key and counter always give the same number.

A running random walk would have to be replayed from its start to know one minute. Value noise in several octaves
looks like one and can be asked anywhere: each octave puts a hashed value on every 4^k-th minute and draws straight
lines between them.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "fraction", "key_of", "mixed", "path", "uniforms"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

OCTAVES = 10
"""The longest swing takes 4^9 minutes, half a year."""

# splitmix64, Sebastiano Vigna, public domain: https://prng.di.unimi.it/splitmix64.c (seen 2026-11-20)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def key_of(*words: object) -> int:
    """Return a 64-bit key for some words; the same on every machine and in every run."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def fraction(*words: object) -> float:
    """Return one number in [0, 1) for some words."""
    return (key_of(*words) >> 11) * 2.0**-53


def mixed(key: int, counters: Ints) -> Words:
    """Return 64 random bits for each counter."""
    bits = (counters.astype(np.uint64) + np.array(key, dtype=np.uint64)) * _STEP
    bits ^= bits >> np.uint64(30)
    bits *= _MIX_1
    bits ^= bits >> np.uint64(27)
    bits *= _MIX_2
    bits ^= bits >> np.uint64(31)
    return bits


def uniforms(key: int, counters: Ints) -> tuple[Floats, Floats, Floats]:
    """Return three numbers in [0, 1) for each counter, with 21 random bits each."""
    bits = mixed(key, counters)
    mask = np.uint64((1 << 21) - 1)
    first, second, third = ((bits >> np.uint64(shift) & mask).astype(np.float64) * 2.0**-21 for shift in (1, 22, 43))
    return first, second, third


def path(key: int, minutes: Ints) -> Floats:
    """Return a continuous wandering value around 0 at each minute (ascending), one unit of deviation a minute.

    The value at a minute does not depend on which other minutes are asked for.
    """
    total = np.zeros(len(minutes))
    for octave in range(OCTAVES):
        knots = minutes >> (2 * octave)
        left, right = _at_knots(key + octave * 0x51ED27, knots)
        share = (minutes & ((1 << 2 * octave) - 1)) * 0.25**octave
        total += (left + (right - left) * share) * 2.0**octave
    return total


def _at_knots(key: int, knots: Ints) -> tuple[Floats, Floats]:
    low = int(knots[0])
    span = int(knots[-1]) - low + 2
    values = (mixed(key & (2**64 - 1), np.arange(low, low + span)) >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
    index = knots - low
    return values[index], values[index + 1]
