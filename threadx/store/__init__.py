"""The bank on disk: immutable objects, numbered generations, a visible tree of links."""

from __future__ import annotations
