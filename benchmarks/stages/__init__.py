"""One module a stage: `rows(bench)` measures it and yields the lines of the report."""
