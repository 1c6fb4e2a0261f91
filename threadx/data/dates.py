"""Dates at the public doors: `threadx.bars.dates`, by the name under which the rooms above the bars know it."""

from threadx.bars.dates import DAY_MS, Moment, as_of_moment, end_ms, range_ms, start_ms, text_of

__all__ = ["DAY_MS", "Moment", "as_of_moment", "end_ms", "range_ms", "start_ms", "text_of"]
