"""ThreadX: a trustworthy local bank of crypto OHLCV bars."""

__all__ = ["__version__"]

__version__ = "0.1.0"
