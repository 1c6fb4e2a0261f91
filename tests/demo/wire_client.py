"""A plain HTTP client on one kept connection, with no idea of what an exchange is."""

from __future__ import annotations

import gzip
import http.client
import json
from urllib.parse import urlencode

from tests.patience import PATIENCE_S


class WireClient:
    """Asks a `DemoExchange` over its real socket."""

    def __init__(self, exchange, timeout=PATIENCE_S):
        self.connection = http.client.HTTPConnection("127.0.0.1", exchange.port, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def reply(self, endpoint, headers=None, **query):
        """Return status, headers by lower-case name, and the body as bytes."""
        target = endpoint if endpoint.startswith("/") else f"/api/v3/{endpoint}"
        self.connection.request("GET", target + (f"?{urlencode(query)}" if query else ""), headers=headers or {})
        response = self.connection.getresponse()
        body = response.read()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body

    def json(self, endpoint, **query):
        """Return the decoded body of a reply with status 200."""
        status, _, body = self.reply(endpoint, **query)
        assert status == 200, body
        return json.loads(body)

    def klines(self, symbol="BTCUSDC", interval="1m", **query):
        """Return the rows of a klines reply."""
        return self.json("klines", symbol=symbol, interval=interval, **query)

    def error(self, endpoint, headers=None, **query):
        """Return the code of a refused request."""
        status, _, body = self.reply(endpoint, headers, **query)
        assert status == 400, (status, body)
        assert set(json.loads(body)) == {"code", "msg"}
        return json.loads(body)["code"]


def unpacked(headers, body):
    """Return a body without its gzip wrapping."""
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
