"""Strict JSON: what `json` tolerates and data must not.

Refused: NaN and Infinity, a key twice in one object, nesting beyond reason, numbers too long to be any, a byte order
mark, bytes that are not UTF-8. Numbers in strings are plain ASCII decimals.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from threadx.errors import BadResponseError

__all__ = ["Refused", "bad_response", "decimal", "excerpt", "integer", "strict_json", "text"]

MAX_NUMBER_CHARS = 40
EXCERPT_CHARS = 120

_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_INT64_END = 2**63


class Refused(ValueError):  # noqa: N818 - never leaves this package
    """A value that is not what it should be; the text says what and is shown inside a BadResponseError."""


def bad_response(what: str, problem: object, *, damaged: bool = False) -> BadResponseError:
    """Return the error for an answer that cannot be trusted.

    Args:
        what: which answer, for people: "BTCUSDC 1m bars".
        problem: what is wrong with it; remote text must have gone through `excerpt`.
        damaged: it looks cut or altered on its way, so that asking again may help.
    """
    error = BadResponseError(
        "{what}: the answer cannot be trusted: {problem}",
        hint="nothing of it was kept; if it stays like this, something between here and the exchange alters answers",
        what=what,
        problem=problem,
    )
    error.retryable = damaged
    return error


def excerpt(remote: object, limit: int = EXCERPT_CHARS) -> str:
    """Return remote text fit for messages and logs: control characters escaped, at most `limit` characters."""
    shown = str(remote)[: limit + 1]
    if len(shown) > limit:
        shown = shown[: limit - 3] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)


def strict_json(body: bytes, what: str) -> Any:  # noqa: ANN401 - JSON is any
    """Return what the JSON of a whole body says.

    Raises:
        BadResponseError: it is not JSON (retryable: it may have been cut), or JSON that is refused.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except Refused as error:
        raise bad_response(what, error) from error
    except UnicodeDecodeError as error:
        raise bad_response(what, "it is not UTF-8 text", damaged=True) from error
    except json.JSONDecodeError as error:
        raise bad_response(what, f"no JSON from character {error.pos} on", damaged=True) from error
    except RecursionError as error:
        raise bad_response(what, "it is nested too deeply") from error


def decimal(value: object) -> float:
    """Return the number that an exchange's decimal string stands for; Refused when it is not a plain finite one."""
    if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
        raise Refused(f"{excerpt(repr(value), 40)} is not a decimal number in a string")
    number = float(value)
    if not math.isfinite(number):
        raise Refused(f"{excerpt(value, 40)} is too large")
    return number


def integer(value: object) -> int:
    """Return an int that fits int64; Refused when it is anything else, a float or a bool included."""
    if type(value) is not int:
        raise Refused(f"{excerpt(repr(value), 40)} is not a whole number")
    if not -_INT64_END <= value < _INT64_END:
        raise Refused(f"{value} is too large")
    return value


def text(value: object) -> str:
    """Return a non-empty string as it is; Refused when it is anything else."""
    if not isinstance(value, str) or not value:
        raise Refused(f"{excerpt(repr(value), 40)} is not text")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"the key {excerpt(repr(twice), 40)} stands twice in one object")
    return found


def _whole(digits: str) -> int:
    if len(digits) > MAX_NUMBER_CHARS:
        raise Refused(f"a number of {len(digits)} digits")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_NUMBER_CHARS or not math.isfinite(number):
        raise Refused(f"the number {excerpt(digits, 40)}")
    return number


def _constant(name: str) -> NoReturn:
    raise Refused(f"{name} is no number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)
