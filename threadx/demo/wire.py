"""One request and one reply, and the bytes in between."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum
from http import HTTPStatus
from urllib.parse import unquote_plus, urlsplit

__all__ = [
    "JSON_TYPE",
    "End",
    "Reply",
    "Request",
    "Send",
    "Step",
    "Wait",
    "head",
    "json_bytes",
    "json_reply",
    "payload",
]

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    """Decoded names and values in their order, doubles included."""
    headers: Mapping[str, str]
    """By lower-case name."""

    @classmethod
    def parse(cls, text: str) -> Request:
        """Read the request line and the headers.

        Raises:
            ValueError: this is not HTTP.
        """
        first, *lines = text.split("\r\n")
        method, target, version = first.split(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError("not HTTP/1")
        url = urlsplit(target)
        pairs = (part.partition("=") for part in url.query.split("&") if part)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        query = tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)
        return cls(method, unquote_plus(url.path), query, headers)

    @property
    def endpoint(self) -> str:
        """The part of the path that names the endpoint: "klines", "ticker/24hr"."""
        return self.path.removeprefix("/api/v3/").strip("/")

    @property
    def parameters(self) -> dict[str, str]:
        """The query as a mapping; of a double parameter the last."""
        return dict(self.query)

    @property
    def keeps_alive(self) -> bool:
        """Whether the client may send another request on this connection."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing for so long, or until the server closes."""

    seconds: float


class End(Enum):
    """How a scripted reply ends the connection."""

    CLOSE = "close"  # in good order
    RESET = "reset"  # the client reads "connection reset by peer"


Step = Send | Wait | End


@dataclass(frozen=True, slots=True)
class Reply:
    """What the exchange answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("content-type", JSON_TYPE),)
    weight: int = 0
    script: tuple[Step, ...] | None = field(default=None)
    """When given, exactly this goes over the wire instead of status, headers and body."""

    def header(self, name: str) -> str:
        """Return a header's value, "" when it is not there."""
        return dict(self.headers).get(name, "")

    @property
    def closes(self) -> bool:
        """Whether the connection ends after this reply."""
        return self.header("connection") == "close"


def json_bytes(value: object, *, indent: int | None = None) -> bytes:
    """Return compact JSON in UTF-8, as the exchange writes it."""
    separators = None if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, separators=separators, indent=indent).encode()


def json_reply(value: object, status: int = 200, **extra: str) -> Reply:
    """Return a JSON reply; `extra` are more headers, with underscores for hyphens."""
    more = tuple((name.replace("_", "-"), text) for name, text in extra.items())
    return Reply(status, json_bytes(value), (("content-type", JSON_TYPE), *more))


def payload(request: Request, reply: Reply) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Return the body as it is sent and the headers that tell its form: gzip when the client asked for it."""
    accepted = request.headers.get("accept-encoding", "")
    if "gzip" in accepted and len(reply.body) > 256 and not reply.header("content-encoding"):
        return gzip.compress(reply.body, compresslevel=1, mtime=0), (*reply.headers, ("content-encoding", "gzip"))
    return reply.body, reply.headers


def head(status: int, headers: tuple[tuple[str, str], ...], now_ms: int) -> bytes:
    """Return status line and headers, with the empty line behind them."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", f"date: {formatdate(now_ms / 1000, usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
