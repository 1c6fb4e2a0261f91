"""Guards around every test: no network but loopback, no thread left behind, no ERROR in the log unless asked for."""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from threadx.config import Settings

THREAD_GRACE_S = 30.0
"""How long a thread that was told to end may take; on a busy machine a closed socket is noticed late."""

hypothesis.settings.register_profile(
    "threadx",
    derandomize=True,  # the same examples in every run: a change is not refused for what it did not touch
    deadline=None,  # shared machines stall at random
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "explore", hypothesis.settings.get_profile("threadx"), derandomize=False, print_blob=True
)
hypothesis.settings.load_profile("threadx")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-scale",
        type=float,
        default=0.1,
        help="size of the fault-injection runs: 1 is every point, the default 0.1 a tenth of them",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the type checker, whose first run takes longest: at the end all would wait for it alone."""
    items.sort(key=lambda item: item.path.name != "test_quality.py")


@pytest.fixture(scope="session")
def fault_scale(pytestconfig: pytest.Config) -> float:
    """The share of the fault points to run; 1.0 is all of them."""
    return float(pytestconfig.getoption("--fault-scale"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings whose every path lies under the test's own folder."""
    return Settings.under(tmp_path)


class NetworkRefused(BaseException):
    """A test tried to leave this computer."""


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """Refuse names and addresses beyond loopback, for all Python code of this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(original):
    def call(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_beyond_loopback(address[0])
        return original(self, address, *rest)

    return call


def _guarded_lookup(original):
    def call(host, *rest, **named):
        _refuse_beyond_loopback(host.decode() if isinstance(host, bytes) else host)
        return original(host, *rest, **named)

    return call


def _refuse_beyond_loopback(host: str | None) -> None:
    if host in (None, "", "localhost"):
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise NetworkRefused(f"tests stay on this computer, and something asked for {host!r}")


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread running; those of fixtures with a wider scope were there before."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    for thread in set(threading.enumerate()) - before:
        thread.join(max(deadline - time.monotonic(), 0))
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert not left, f"threads left running: {left}"


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_error_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which an ERROR was logged, unless it asked for `caplog`."""
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    yield
    logging.getLogger().removeHandler(errors)
    if "caplog" not in request.fixturenames:
        assert not errors.messages, f"errors were logged: {errors.messages}"
