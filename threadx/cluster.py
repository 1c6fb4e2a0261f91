"""The pool of a Dask cluster: an extra package, and heavy, so it is imported where an address is set."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from threadx.errors import ConfigError

__all__ = ["cluster_pool"]

TIMEOUT_S = 10.0


@contextmanager
def cluster_pool(address: str) -> Iterator[Executor]:
    """Yield the executor of the cluster at an address.

    Raises:
        ConfigError: it does not answer, or the package for it is not installed.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ConfigError(
            "[cluster] address is {address}, but the package distributed is not installed",
            hint='run: pip install "threadx[cluster]", or leave the address empty',
            address=address,
        ) from error
    try:
        client = distributed.Client(address, timeout=TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "no cluster answers at {address}",
            hint="start its scheduler, correct [cluster] address in paths.toml, or leave it empty",
            address=address,
        ) from error
    with client:
        pool: Executor = client.get_executor()
        try:
            yield pool
        finally:
            pool.shutdown(wait=False)
