"""What a bug report needs to know, as text. English, and nothing secret: a proxy may hold a password."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Sequence
from importlib import metadata

from threadx import __version__
from threadx.bridge.events import JobEvent
from threadx.bridge.reads import Status
from threadx.config import Settings

__all__ = ["PACKAGES", "diagnostics"]

PACKAGES = ("numpy", "pandas", "pyarrow", "requests", "matplotlib", "filelock", "ttkbootstrap", "XlsxWriter")


def diagnostics(settings: Settings, status: Status, jobs: Sequence[JobEvent]) -> str:
    """Return versions, paths and state, a line each. Looks at installed packages' metadata; imports none of them."""
    states = Counter(str(event.state) for event in jobs)
    lines = {
        "ThreadX": __version__,
        "Python": f"{sys.version.split()[0]} ({platform.python_implementation()}, {platform.machine()})",
        "system": f"{platform.system()} {platform.release()}",
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "settings file": settings.file or "none",
        "data folder": settings.paths.data_root,
        "log folder": settings.paths.logs,
        "source": f"{status.provider} {status.host}".strip(),
        "proxy": "set" if settings.source.proxy else "none",
        "reachable": {None: "not asked", True: "yes", False: "no"}[status.reachable],
        "weight used": "unknown" if status.weight_used is None else status.weight_used,
        "jobs": ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none",
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items())


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
