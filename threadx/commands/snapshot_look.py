"""`snapshot list`, `show` and `diff`: looking at dated snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from threadx.bridge.snapshot_views import Preview, SnapshotRow, overview, preview
from threadx.commands.request import Request
from threadx.commands.results import Block, Figure, Result, Table
from threadx.commands.snapshot_words import at_most_one, described, domain_of
from threadx.commands.words import megabytes
from threadx.data.freshness import Freshness
from threadx.data.snapshots import BANK
from threadx.errors import ConfigError, DataNotFoundError
from threadx.i18n import N_, _, number, translated
from threadx.progress import Progress
from threadx.store.dated import Partition

__all__ = ["diff", "listed", "show"]

_CELL = 60
"""Characters of a cell that are shown."""

_STATES = {
    "fresh": N_("fresh"),
    "stale": N_("stale"),
    "ended": N_("ended"),
    "unknown": N_("unknown"),
    "empty": N_("empty"),
}


def listed(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    """List domains with their freshness, and their dates."""
    domain = domain_of(request)
    view = overview(request.engine, progress)
    rows = [row for row in view.rows if domain in (None, row.domain) and (not stamps or row.stamp in stamps)]
    there = {(each.domain, each.stamp): each for each in request.engine.snapshots.list(domain)}
    found = [_described(row, None if row.archived else there.get((row.domain, row.stamp))) for row in rows]
    domains = [each for each in view.domains if domain in (None, each.name)]
    return Result({"domains": domains, "snapshots": found}, list(_blocks(request, domains, found)))


def _described(row: SnapshotRow, partition: Partition | None) -> dict[str, object]:
    return {
        "domain": row.domain,
        "stamp": row.stamp,
        "complete": row.complete,
        "archived": row.archived,
        "files": row.files if partition is None else len(partition.files),
        "size_bytes": row.size_bytes if partition is None else partition.size_bytes,
        "path": row.path,
    }


def _blocks(request: Request, domains: Sequence[Freshness], rows: Sequence[Mapping[str, object]]) -> Iterator[Block]:
    if not rows:
        yield _("no snapshots in {folder}").format(folder=request.settings.paths.data_root)
        yield _("next: {hint}").format(hint="threadx snapshot create")
        return
    headings = (_("domain"), _("last"), _("age"), _("due every"), _("state"), _("snapshots"))
    yield Table(headings, [_fresh(each) for each in domains])
    columns = (_("domain"), _("date"), _("files"), _("MB"), _("state"))
    yield Table(columns, [_row(row) for row in rows])


def _fresh(each: Freshness) -> tuple[str | int, ...]:
    state = _(_STATES[each.state])
    return each.name, each.last or "-", _age(each.age_s), _age(each.cadence_s), state, each.count


def _row(row: Mapping[str, object]) -> tuple[str | int, ...]:
    archived, complete = bool(row["archived"]), bool(row["complete"])
    state = _("archived") if archived else _("whole")
    if not complete:
        state = _("a damaged archive") if archived else _("not whole: ignored")
    files, size = int(str(row["files"] or 0)), int(str(row["size_bytes"] or 0))
    return str(row["domain"]), str(row["stamp"]), files, Figure(megabytes(size)), state


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 2 * 86_400:
        return _("{count} h").format(count=number(seconds / 3600, 1))
    return _("{count} d").format(count=number(seconds / 86_400, 1))


def show(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    """Show the files of one date, or the beginning of one file."""
    domain = domain_of(request) or BANK
    snapshots = request.engine.snapshots
    stamp = at_most_one(stamps)
    partition = snapshots.latest(domain) if stamp is None else snapshots.at(domain, stamp)
    document: dict[str, object] = {
        "snapshot": described(partition),
        "published": snapshots.dated.published(partition),
        "files": partition.sizes,
    }
    blocks: list[Block] = [
        _("{domain} {stamp}, published {when} UTC: {path}").format(
            domain=domain,
            stamp=partition.stamp,
            when=f"{snapshots.dated.published(partition):%Y-%m-%d %H:%M:%S}",
            path=partition.path,
        )
    ]
    if request.flags.level in ("full", "deep"):
        document["verified"] = snapshots.verify(domain, partition.stamp, progress=progress)
        blocks.append(_("every file is what was published"))
    if request.flags.file is None:
        blocks.append(Table((_("file"), _("bytes")), list(partition.sizes.items())))
    else:
        shown = preview(request.engine, domain, partition.stamp, request.flags.file)
        document["preview"] = shown
        blocks += _previewed(shown)
    return Result(document, blocks)


def _previewed(shown: Preview) -> Iterator[Block]:
    if shown.columns:
        yield Table(shown.columns, [tuple(map(_short, row)) for row in shown.rows])
    else:
        yield shown.text
    if shown.cut:
        yield _("there is more: this is the beginning")


def _short(cell: str) -> str:
    """Return what a terminal shows of a cell: a list inside JSON can be any length."""
    return cell if len(cell) <= _CELL else cell[: _CELL - 2] + " …"


def diff(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    """Compare two dates of a domain; the last two where none are given."""
    domain = domain_of(request) or BANK
    snapshots = request.engine.snapshots
    if not stamps:
        stamps = [each.stamp for each in snapshots.list(domain) if each.complete][-2:]
        if len(stamps) < 2:
            raise DataNotFoundError(
                "{domain}: fewer than two snapshots", hint="see: threadx snapshot list", domain=domain
            )
    if len(stamps) != 2:
        raise ConfigError(
            "snapshot diff compares two dates", hint="threadx snapshot diff 20260101 20260131 --domain selection"
        )
    before, after = sorted(stamps)
    changes = snapshots.diff(domain, before, after, progress=progress)
    document = {"domain": domain, "before": before, "after": after, "changes": [str(each) for each in changes]}
    headings = (_("file"), _("what"))
    rows = [(each.file or "-", translated(each.note.template, each.note.fields)) for each in changes]
    title = _("{domain}: {before} -> {after}").format(domain=domain, before=before, after=after)
    return Result(document, [Table(headings, rows, title)] if rows else [f"{title}", _("nothing differs")])
