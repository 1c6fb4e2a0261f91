"""How indicators stand and what was done with them, in the language in use: for the command line and the window."""

from __future__ import annotations

from threadx.i18n import N_, _

__all__ = ["freshness", "outcome", "why"]

_FRESHNESS = {
    "fresh": N_("fresh"),
    "stale": N_("stale"),
    "missing": N_("missing"),
}
_OUTCOMES = {
    "reused": N_("reused"),
    "extended": N_("extended"),
    "computed": N_("computed"),
    "failed": N_("failed"),
}
_WHYS = {
    "the same bars, function and parameters": N_("the same bars, function and parameters"),
    "no file yet": N_("no file yet"),
    "bars were added": N_("bars were added"),
    "bars changed": N_("bars changed"),
    "bars were removed": N_("bars were removed"),
    "there are no bars any more": N_("there are no bars any more"),
    "the function is another version": N_("the function is another version"),
    "the parameters are others": N_("the parameters are others"),
    "another version of the program wrote the file": N_("another version of the program wrote the file"),
    "the file was damaged": N_("the file was damaged"),
}


def freshness(name: str) -> str:
    """Return how a file stands, a value of `Freshness`, in words."""
    return _(_FRESHNESS.get(name, name))


def outcome(name: str) -> str:
    """Return what was done, a value of `Outcome` or "failed", in words."""
    return _(_OUTCOMES.get(name, name))


def why(name: str, from_month: str | None = None) -> str:
    """Return a value of `Why` in words, with the first month that is meant."""
    text = _(_WHYS.get(name, name))
    return text if not from_month else _("{why}, from {month}").format(why=text, month=from_month)
