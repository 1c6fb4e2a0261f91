"""Whom to name where market capitalisations are shown. Loads nothing."""

from __future__ import annotations

__all__ = ["ATTRIBUTION", "ATTRIBUTION_URL"]

ATTRIBUTION = "Data by CoinGecko"
"""Asked for by CoinGecko's API terms (2025-09-05) wherever its data is shown; never translated."""
ATTRIBUTION_URL = "https://www.coingecko.com"
