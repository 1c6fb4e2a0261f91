"""The modes of the command line: each takes a request and returns a result; only `threadx.cli` prints.

Importing a command may import pandas; importing `modes`, `parser` and `results` must not: `--help` stays quick.
"""
