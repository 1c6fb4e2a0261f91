"""Reading the bar files that other tools wrote. `threadx.data.legacy_files` is the door to all of it."""
