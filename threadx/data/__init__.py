"""What users import: the bank's doors for Python. The engine behind them is imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadx.data.adapter import UnifiedDataAdapter

__all__ = ["UnifiedDataAdapter"]


def __getattr__(name: str) -> object:
    """Import what is asked for now: `import threadx.data` itself loads neither pandas nor pyarrow."""
    if name == "UnifiedDataAdapter":
        from threadx.data.adapter import UnifiedDataAdapter  # noqa: PLC0415 - late on purpose: it loads pandas

        return UnifiedDataAdapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
