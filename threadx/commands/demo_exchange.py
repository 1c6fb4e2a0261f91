"""`demo-exchange`: the built-in exchange as a server on this machine, until Ctrl+C."""

from __future__ import annotations

from threadx.bars.dates import start_ms
from threadx.commands.request import Request, as_usage
from threadx.commands.results import Result
from threadx.commands.streams import tell
from threadx.demo import DemoExchange
from threadx.errors import ConfigError, JobCancelled, SourceUnavailableError
from threadx.i18n import _
from threadx.progress import Progress
from threadx.store.replay import load_replay

__all__ = ["run"]

SEED = 42
WEIGHT_LIMIT = 6000
HOUR_S = 3600.0


def run(request: Request, progress: Progress) -> Result:
    """Serve until cancelled. The address goes to stderr at once: the answer comes only at the end."""
    with _opened(request) as exchange:
        if not request.flags.quiet:
            tell(_("serving on {url}; Ctrl+C ends it").format(url=exchange.url))
        try:
            while True:
                progress.wait(HOUR_S)
        except JobCancelled:
            log = exchange.log
            statuses = {str(status): count for status, count in sorted(log.by_status.items())}
            document = {"url": exchange.url, "requests": log.total, "weight": log.weight, "statuses": statuses}
            return Result(document, [_("stopped")])


def _opened(request: Request) -> DemoExchange:
    flags = request.flags
    port = flags.port or 0
    if not 0 <= port <= 65_535:
        raise ConfigError("--port: {port} is not a port", hint="give 1 to 65535, or leave it out", port=port)
    if flags.latency is not None and not 0 <= flags.latency <= HOUR_S:
        raise ConfigError("--latency: {seconds} is out of range", hint="give seconds", seconds=flags.latency)
    if flags.weight_limit is not None and flags.weight_limit < 1:
        raise ConfigError("--weight-limit: {limit} is out of range", hint="give 1 or more", limit=flags.weight_limit)
    with as_usage():
        now = start_ms(flags.now)
    try:
        return DemoExchange(
            replay=None if flags.replay is None else load_replay(flags.replay),
            seed=SEED if flags.seed is None else flags.seed,
            now=now,
            port=port,
            weight_limit=WEIGHT_LIMIT if flags.weight_limit is None else flags.weight_limit,
            latency_s=flags.latency or 0.0,
        )
    except OSError as error:
        raise SourceUnavailableError(
            "port {port} cannot be used: {reason}",
            hint="choose another with --port, or leave it out",
            port=port,
            reason=error.strerror or error,
        ) from error
