"""`python3 -m tests.freeze` writes constraints.txt: the exact versions, in this environment, of all that is needed."""

from __future__ import annotations

import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from threadx import bootstrap

HEAD = """\
# Python {0}.{1}: the exact versions ThreadX was last tested with, there and on Linux. Used as `pip install -c` by the
# self-setup on that Python only; elsewhere the bounds of pyproject.toml alone hold. Written by: python3 -m tests.freeze
"""


def pins() -> dict[str, str]:
    """Return name -> version of what pyproject.toml asks for, its `test` extra included, and of what that needs."""
    found: dict[str, str] = {}
    todo = [Requirement(text) for text in bootstrap.requirements(bootstrap.PROJECT / "pyproject.toml", "test")]
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name not in found and _applies(requirement):
            distribution = metadata.distribution(requirement.name)
            found[name] = distribution.version
            todo += [Requirement(text) for text in distribution.requires or ()]
    return dict(sorted(found.items()))


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def main() -> None:
    """Write the file."""
    lines = [f"{name}=={version}\n" for name, version in pins().items()]
    text = HEAD.format(*sys.version_info[:2]) + "".join(lines)
    (bootstrap.PROJECT / "constraints.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
