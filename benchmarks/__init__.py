"""ThreadX side by side with what a user would pick instead: `python -m benchmarks --quick` or `--full`.

Every stage runs its candidates interleaved and in a new order each round, in one process, and reports ratios of
medians and of minima: absolute times do not carry from one machine to another, ratios of one run do. Before the
clock starts, candidates must agree on the answer. A gate that fails is reported, never hidden.
"""
