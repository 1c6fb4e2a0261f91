"""What the words and flags of `snapshot` mean."""

from __future__ import annotations

from collections.abc import Sequence

from threadx.commands.bank import stored_members, stored_series
from threadx.commands.request import Request, as_usage
from threadx.errors import ConfigError
from threadx.store.dated import Partition
from threadx.store.stamps import Stamp, check_domain

__all__ = ["at_most_one", "described", "domain_of", "series_of", "stamps_of"]


def series_of(request: Request) -> tuple[Sequence[tuple[str, str]] | None, tuple[str, ...]]:
    """Return the series to be pinned (None: all there are), and the members of a group that are not stored."""
    flags = request.flags
    if flags.group is not None or flags.top is not None:
        return stored_members(request)
    if flags.symbols not in (None, "all"):
        return stored_series(request), ()
    only = request.only_provider
    return None if only is None else [each for each in request.engine.store.series() if each[0] == only], ()


def domain_of(request: Request) -> str | None:
    """Return `--domain`; None where it is not given. ConfigError where it can be none."""
    domain: str | None = request.flags.domain
    if domain is not None:
        with as_usage():
            check_domain(domain)
    return domain


def stamps_of(request: Request, words: Sequence[str]) -> list[str]:
    """Return the dates given as words and with `--stamp`. ConfigError where one is none."""
    flag = request.flags.stamp
    given = [*words, *([] if flag is None else [each.strip() for each in flag.split(",")])]
    with as_usage():
        return [Stamp.parse(each).text for each in given]


def at_most_one(stamps: Sequence[str]) -> str | None:
    """Return the date given, None where there is none. ConfigError where there are several."""
    if len(stamps) > 1:
        raise ConfigError("two dates: {first} and {second}", hint="give one", first=stamps[0], second=stamps[1])
    return stamps[0] if stamps else None


def described(partition: Partition) -> dict[str, object]:
    """Return a partition as plain values."""
    return {"domain": partition.domain, "stamp": partition.stamp, "path": partition.path,
            "size_bytes": partition.size_bytes}  # fmt: skip
