"""The only HTTP: bars, symbols and tickers from an exchange, typed, checked and within its limits."""
