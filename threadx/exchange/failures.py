"""Why no answer came: offline, refused, proxy, certificate, wrong clock, slow, broken off; each with a next step."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from threadx.errors import SourceUnavailableError
from threadx.exchange.strict import excerpt

__all__ = ["no_answer"]

_CLOCK_CODES = {9, 10}  # OpenSSL x509_vfy.h: certificate is not yet valid, has expired
_BROKEN_OFF = (
    ConnectionError,
    http.client.HTTPException,
    urllib3.exceptions.ProtocolError,
    requests.exceptions.ChunkedEncodingError,
)
_TOO_SLOW = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)


def no_answer(error: BaseException, host: str, *, via_proxy: bool) -> SourceUnavailableError:
    """Return what to tell about a request that got no whole answer."""
    causes = list(_causes(error))

    def found(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if via_proxy and found(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return _final(
            SourceUnavailableError(
                "{host}: the proxy did not let the request through",
                hint="check [source] proxy in paths.toml",
                host=host,
            )
        )
    if found(ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        return _tls(causes, host)
    if found(socket.gaierror, urllib3.exceptions.NameResolutionError):
        return SourceUnavailableError(
            "{host}: the name cannot be looked up",
            hint="check the connection to the internet; behind a proxy, set [source] proxy in paths.toml",
            host=host,
        )
    if found(ConnectionRefusedError):
        return SourceUnavailableError(
            "{host}: the connection was refused",
            hint="nothing answers there; check the address and try again",
            host=host,
        )
    if found(*_TOO_SLOW):
        return SourceUnavailableError(
            "{host}: no whole answer in time",
            hint="try again; on a slow line raise the timeouts under [limits] in paths.toml",
            host=host,
        )
    if found(*_BROKEN_OFF):
        return SourceUnavailableError(
            "{host}: the connection broke before the answer was complete", hint="try again", host=host
        )
    return SourceUnavailableError(
        "{host}: no answer ({reason})",
        hint="check the connection to the internet and try again",
        host=host,
        reason=excerpt(causes[-1]),
    )


def _tls(causes: list[BaseException], host: str) -> SourceUnavailableError:
    refused = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if refused is None:
        return SourceUnavailableError(
            "{host}: no secure connection", hint="try again; a firewall may stand between", host=host
        )
    if refused.verify_code in _CLOCK_CODES:
        return _final(
            SourceUnavailableError(
                "{host}: its certificate is not valid at the time this computer shows",
                hint="set this computer's date and time right, then try again",
                host=host,
            )
        )
    return _final(
        SourceUnavailableError(
            "{host}: its certificate is not trusted ({reason})",
            hint="something may listen in between; if that is your company's proxy, name its certificates with "
            "[source] ca_bundle in paths.toml",
            host=host,
            reason=excerpt(refused.verify_message),
        )
    )


def _final(error: SourceUnavailableError) -> SourceUnavailableError:
    """Mark an error that asking again does not cure."""
    error.retryable = False
    return error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, outermost first: requests wraps urllib3 wraps http.client wraps OSError."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [getattr(cause, "reason", None), *cause.args, cause.__cause__, cause.__context__]
