"""HTTP with the doors shut: the one place that talks to the network, and what it refuses to do.

Nothing comes from the environment (no proxies, no .netrc, no certificates), only hosts on the list are asked, plain
http only on this computer, redirects are not followed, cookies not kept, TLS always verified. Every call has a total
deadline, for headers and body together, byte caps before and after unpacking, and can be aborted from another thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from threadx import __version__
from threadx.config_model import Settings
from threadx.config_rules import is_loopback
from threadx.errors import SourceUnavailableError
from threadx.exchange.body import CHUNK, Damaged, collect, unpacked
from threadx.exchange.clock import SYSTEM_CLOCK, Clock
from threadx.exchange.failures import no_answer
from threadx.exchange.strict import Refused, bad_response
from threadx.exchange.wire import GuardedAdapter, Line
from threadx.progress import Progress

__all__ = ["HttpSession", "Reply"]

USER_AGENT = f"ThreadX/{__version__} (a local bank of bars; python-requests)"
MAX_BYTES = 64_000_000
"""Of an unpacked body; the largest there is, exchangeInfo, has about 6 MB."""
MAX_ERROR_BYTES = 100_000
OK = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Keys in lower case."""
    body: bytes
    """Unpacked."""

    @property
    def is_json(self) -> bool:
        """Whether the server calls the body JSON."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


class HttpSession:
    """GET requests to a fixed list of hosts. Thread-safe: each thread has its own connections, kept alive."""

    def __init__(
        self,
        settings: Settings,
        hosts: Iterable[str],
        clock: Clock = SYSTEM_CLOCK,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Open nothing yet; `headers` are sent with every request, besides the usual ones."""
        self._limits = settings.limits
        self._proxy = settings.source.proxy
        self._verify = settings.source.ca_bundle or True
        self._clock = clock
        self._origins = {_origin(host) for host in hosts}
        self._headers = dict(headers or {})
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._opened: list[requests.Session] = []
        self._closed = False

    def get(
        self, host: str, path: str, params: Mapping[str, str | int], progress: Progress, *, max_bytes: int = MAX_BYTES
    ) -> Reply:
        """Return the answer to one GET, headers and body complete.

        Args:
            host: `scheme://host[:port]`, one of the list.
            path: begins with a slash.
            params: the query; values are percent-encoded as UTF-8.
            progress: a cancel shuts the socket and ends the call at once.
            max_bytes: cap on the unpacked body.

        Raises:
            SourceUnavailableError: no answer, or not all of it; the message tells the causes apart.
            BadResponseError: too large, or not packed as it claims.
            JobCancelled: cancelled meanwhile.
        """
        if _origin(host) not in self._origins:
            raise ValueError(f"{host} is not on the list of hosts")
        session, line = self._session()
        url = f"{host}{path}?{urlencode(params)}" if params else host + path
        with line.calling(self._limits.total_timeout_s) as call, progress.interrupting(call.abort):
            progress.raise_if_cancelled()
            try:
                reply = self._exchange(session, url, max_bytes)
            except Refused as error:
                progress.raise_if_cancelled()
                raise bad_response(urlsplit(url).netloc, error, damaged=isinstance(error, Damaged)) from error
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                progress.raise_if_cancelled()
                raise no_answer(error, urlsplit(url).netloc, via_proxy=self._proxies(host) != {}) from error
            finally:
                if self._closed:  # meanwhile: nobody else would close what this call has opened
                    session.close()
            progress.raise_if_cancelled()  # a body that ends with its connection looks whole when that was shut
            return reply

    def close(self) -> None:
        """Close every connection that is not in use; those in use close when they are done."""
        with self._lock:
            self._closed = True
            opened, self._opened = self._opened, []
        for session in opened:
            session.close()

    def _exchange(self, session: requests.Session, url: str, max_bytes: int) -> Reply:
        response = session.get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=(self._limits.connect_timeout_s, self._limits.read_timeout_s),
            proxies=self._proxies(url),
            verify=self._verify,
        )
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            limit = max_bytes if response.status_code == OK else MAX_ERROR_BYTES
            encoding = headers.get("content-encoding", "").strip().lower()
            chunks = _counted(response.raw, limit)
            return Reply(response.status_code, headers, collect(unpacked(chunks, encoding), limit))

    def _session(self) -> tuple[requests.Session, Line]:
        with self._lock:
            if self._closed:
                raise SourceUnavailableError("the connection to the exchange was closed meanwhile")
            if not hasattr(self._mine, "session"):
                line = Line(self._clock.monotonic_s)
                self._mine.session, self._mine.line = _shut_session(line, self._headers), line
                self._opened.append(self._mine.session)
        return self._mine.session, self._mine.line

    def _proxies(self, url: str) -> dict[str, str]:
        if not self._proxy or is_loopback(urlsplit(url).hostname or ""):
            return {}
        return {"http": self._proxy, "https": self._proxy}


def _shut_session(line: Line, headers: Mapping[str, str]) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"})
    session.headers.update(headers)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = GuardedAdapter(line)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _counted(raw: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    """Yield a body as it came, still packed; packed bytes count against the cap too."""
    size = 0
    while chunk := raw.read(CHUNK, decode_content=False):
        size += len(chunk)
        if size > limit:
            raise Refused(f"it is larger than {limit} bytes")
        yield chunk


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return what makes a host one that was allowed; ValueError for plain http beyond this computer."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{url}: only https, or http on this computer")
    return parts.scheme, host, parts.port
