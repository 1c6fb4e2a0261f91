"""How a good reply is turned into a bad one: the building blocks of `threadx.demo.faults`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from threadx.demo.wire import JSON_TYPE, End, Reply, Request, Send, Step, Wait, head, json_bytes

__all__ = [
    "HTML_TYPE", "Scene", "Trick", "answer", "body", "cell", "field", "gzipped", "header", "raw_cell", "refusal",
    "refused", "rows", "wire",
]  # fmt: skip

HTML_TYPE = "text/html; charset=UTF-8"
Row = list[Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a trick knows."""

    request: Request
    reply: Reply
    """What a working exchange answers."""
    options: Mapping[str, Any]
    """The keywords given to `faults.add`."""
    memory: dict[str, Any]
    """Kept for this rule from one request to the next."""
    ask: Callable[[Request], Reply]
    """Asks the working exchange something else."""
    now_ms: int

    def sent_head(self, **changed: str | None) -> bytes:
        """Return the reply's status line and headers; `changed` are headers by name, None leaves one out."""
        headers = dict(self.reply.headers) | {"content-length": str(len(self.reply.body))}
        for name, value in changed.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return head(self.reply.status, tuple(headers.items()), self.now_ms)

    def page(self) -> list[Row]:
        """Return the rows of a klines reply, [] for any other."""
        found = json.loads(self.reply.body) if self.reply.status == 200 and self.reply.body[:2] == b"[[" else []
        return list(found)


@dataclass(frozen=True, slots=True)
class Trick:
    """Makes a bad reply of a scene."""

    play: Callable[[Scene], Reply]


def answer(status: int, content: bytes, content_type: str = JSON_TYPE, **headers: str) -> Trick:
    """Answer something else; the option `status` overrules the status."""
    more = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    def play(scene: Scene) -> Reply:
        kept = tuple(pair for pair in scene.reply.headers if pair[0] != "content-type")
        return Reply(scene.options.get("status", status), content, (("content-type", content_type), *kept, *more))

    return Trick(play)


def refusal(status: int, code: int, message: str, *, retry_after: str | None = None) -> Trick:
    """Answer the exchange's error JSON; the option `retry_after` (text, None leaves it out) overrules the header."""

    def play(scene: Scene) -> Reply:
        content = json_bytes({"code": code, "msg": message.format(until_ms=scene.now_ms + 120_000)})
        return refused(status, content, retry_after=retry_after).play(scene)

    return Trick(play)


def refused(status: int, content: bytes, *, retry_after: str | None = None) -> Trick:
    """Answer any JSON with `retry_after` in the header; the option of that name overrules it as for `refusal`."""

    def play(scene: Scene) -> Reply:
        reply = answer(status, content).play(scene)
        wait = scene.options.get("retry_after", retry_after)
        extra = () if wait is None else (("retry-after", str(wait)),)
        return replace(reply, headers=(*reply.headers, *extra))

    return Trick(play)


def body(edit: Callable[[bytes], bytes]) -> Trick:
    """Send another body with a fitting length."""
    return Trick(lambda scene: replace(scene.reply, body=edit(scene.reply.body)))


def header(name: str, value: str) -> Trick:
    """Send one more header."""
    return Trick(lambda scene: replace(scene.reply, headers=(*scene.reply.headers, (name, value))))


def rows(edit: Callable[[list[Row]], list[Row]]) -> Trick:
    """Edit the rows of a klines page; other replies and empty pages stay as they are."""

    def play(scene: Scene) -> Reply:
        page = scene.page()
        return replace(scene.reply, body=json_bytes(edit(page))) if page else scene.reply

    return Trick(play)


def cell(column: int, edit: Callable[[Any], Any]) -> Trick:
    """Edit one cell of the row in the middle of a page."""

    def edited(page: list[Row]) -> list[Row]:
        middle = page[len(page) // 2]
        middle[column] = edit(middle[column])
        return page

    return rows(edited)


def raw_cell(column: int, text: str) -> Trick:
    """Write JSON text of any kind into one cell of the row in the middle of a page."""
    mark = "<here>"
    marking = cell(column, lambda _: mark)

    def play(scene: Scene) -> Reply:
        marked = marking.play(scene)
        return replace(marked, body=marked.body.replace(f'"{mark}"'.encode(), text.encode()))

    return Trick(play)


def field(name: str, edit: Callable[[Any, Mapping[str, Any]], Any]) -> Trick:
    """Edit one field of a reply that is an object; `edit` gets the value and the rule's options."""

    def play(scene: Scene) -> Reply:
        found = json.loads(scene.reply.body or b"null")
        if not isinstance(found, dict) or name not in found:
            return scene.reply
        return replace(scene.reply, body=json_bytes(found | {name: edit(found[name], scene.options)}))

    return Trick(play)


def wire(script: Callable[[Scene], tuple[Step, ...]]) -> Trick:
    """Send exactly these bytes, pauses and endings."""
    return Trick(lambda scene: replace(scene.reply, script=script(scene)))


def gzipped(edit: Callable[[bytes], bytes]) -> Trick:
    """Send the body compressed and then spoilt, asked for or not."""

    def script(scene: Scene) -> tuple[Step, ...]:
        spoilt = edit(gzip.compress(scene.reply.body, mtime=0))
        lengths = scene.sent_head(content_encoding="gzip", content_length=str(len(spoilt)), connection="close")
        return Send(lengths), Send(spoilt), End.CLOSE

    return wire(script)


def drip(data: bytes, seconds: float, pause_s: float) -> tuple[Step, ...]:
    """Return steps that send single bytes for so long, then close."""
    count = max(int(seconds / pause_s), 1)
    steps: list[Step] = []
    for at in range(min(count, len(data))):
        steps += [Send(data[at : at + 1]), Wait(pause_s)]
    return (*steps, End.CLOSE)
