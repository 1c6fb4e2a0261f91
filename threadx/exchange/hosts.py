"""The exchange's hosts in order: which one is asked, and what became of those that refuse."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from threadx.errors import RestrictedLocationError
from threadx.exchange.clock import SYSTEM_CLOCK, Clock

__all__ = ["FIREWALL", "RESTRICTED", "Hosts", "family_of"]

log = logging.getLogger(__name__)

FIREWALL = 403
"""A firewall in front of the exchange; usually passes after 5 minutes."""
RESTRICTED = 451
"""The exchange does not serve this place; asking again changes nothing."""
FIREWALL_S = 300.0


class Hosts:
    """Sticky choice of a host: the same one until it refuses or cannot be reached. Thread-safe."""

    def __init__(self, urls: Sequence[str], clock: Clock = SYSTEM_CLOCK) -> None:
        self._urls = tuple(urls)
        self._clock = clock
        self._lock = threading.Lock()
        self._chosen = 0
        self._refusals: dict[str, tuple[int, float]] = {}

    @property
    def chosen(self) -> str:
        """The host asked last, or to be asked next."""
        with self._lock:
            return self._urls[self._chosen]

    def current(self) -> str:
        """Return the host to ask now.

        Raises:
            RestrictedLocationError: all of them refuse this place.
        """
        with self._lock:
            for step in range(len(self._urls)):
                index = (self._chosen + step) % len(self._urls)
                if not self._refuses(self._urls[index]):
                    self._chosen = index
                    return self._urls[index]
            raise _all_refuse(self._urls, {status for status, _ in self._refusals.values()})

    def refuse(self, url: str, status: int) -> None:
        """Take note that a host refuses this place with `status`: 403 counts for five minutes, 451 for good."""
        with self._lock:
            self._refusals[url] = (status, self._clock.monotonic_s())
        log.warning("%s refuses requests from here (HTTP %d)", _name(url), status)

    def pass_over(self, url: str) -> None:
        """Take note that a host could not be reached: the next one is asked, and this one when its turn comes."""
        with self._lock:
            if self._urls[self._chosen] == url and len(self._urls) > 1:
                self._chosen = (self._chosen + 1) % len(self._urls)
                log.warning("%s cannot be reached, asking %s", _name(url), _name(self._urls[self._chosen]))

    def _refuses(self, url: str) -> bool:
        status, since_s = self._refusals.get(url, (0, 0.0))
        return status == RESTRICTED or (status == FIREWALL and self._clock.monotonic_s() - since_s < FIREWALL_S)


def family_of(url: str) -> str:
    """Return whose budget a host's requests count against: all of Binance's hosts share one, others have their own."""
    parts = urlsplit(url)
    labels = (parts.hostname or "").split(".")
    return "binance" if "binance" in labels[-2:] else parts.netloc.rpartition("@")[2]


def _name(url: str) -> str:
    return urlsplit(url).netloc


def _all_refuse(urls: Sequence[str], statuses: set[int]) -> RestrictedLocationError:
    hosts = ", ".join(_name(url) for url in urls)
    if FIREWALL in statuses:
        return RestrictedLocationError(
            "{hosts}: a firewall there refuses requests from this address (HTTP 403)",
            hint="such a block usually passes after 5 minutes: wait, then try again with fewer connections",
            hosts=hosts,
        )
    return RestrictedLocationError(
        "{hosts}: the exchange does not serve this location (HTTP 451)",
        hint="what is stored stays usable; the exchange's terms say where it may be asked",
        hosts=hosts,
    )
