"""The domain, pure: no files, no network, no clock, no threads."""
