"""Jobs, queries and the one composition root of the window. Imports neither the engine nor a toolkit."""

from __future__ import annotations

from threadx.bridge.bridge import ThreadXBridge
from threadx.bridge.events import Answer, Event, JobEvent, JobKind, JobSpec, JobState, Lane, LogLine
from threadx.bridge.reads import Status

__all__ = [
    "Answer",
    "Event",
    "JobEvent",
    "JobKind",
    "JobSpec",
    "JobState",
    "Lane",
    "LogLine",
    "Status",
    "ThreadXBridge",
]
