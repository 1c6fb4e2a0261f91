"""Why minutes are missing, in the language in use: one list for the command line and the window."""

from __future__ import annotations

from threadx.i18n import N_, _

__all__ = ["cause"]

_CAUSES = {
    "outage": N_("outage"),
    "halted": N_("halted"),
    "not_listed": N_("not listed"),
    "delisted": N_("delisted"),
    "source_defect": N_("defect of the source"),
    "not_fetched": N_("not fetched"),
    "unknown": N_("unknown cause"),
}


def cause(name: str) -> str:
    """Return the cause of a gap, a value of `GapCause`, in words."""
    return _(_CAUSES.get(name, name))
