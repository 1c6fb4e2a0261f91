"""Indicators: pure functions over arrays, and a bank that keeps what they gave. `spec` is the list of them."""
