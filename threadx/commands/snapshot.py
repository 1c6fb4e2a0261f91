"""`snapshot`: make, list, look into, compare, archive and bring back dated snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from threadx.commands.request import Request, as_usage, symbols_of
from threadx.commands.results import Block, Figure, Result, Table
from threadx.commands.snapshot_look import diff, listed, show
from threadx.commands.snapshot_words import at_most_one, described, domain_of, series_of, stamps_of
from threadx.commands.words import megabytes
from threadx.data.bank_snapshots import PutBack
from threadx.data.snapshots import BANK, age_of
from threadx.errors import ConfigError, StoreError
from threadx.i18n import _, counted, number, translated
from threadx.progress import Progress
from threadx.store.dated import Partition
from threadx.store.findings import Finding
from threadx.store.retention import Packed
from threadx.store.stamps import Stamp

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """Do what the first word says: create, list, show, diff, archive or restore."""
    words = request.flags.words
    action, rest = (words[0], words[1:]) if words else ("list", ())
    if action not in _ACTIONS:
        near = get_close_matches(action, _ACTIONS, n=1)
        raise ConfigError(
            "snapshot {action}: unknown",
            hint="did you mean {near}?" if near else "give one of: {actions}",
            action=action,
            near=near[0] if near else "",
            actions=", ".join(_ACTIONS),
        )
    return _ACTIONS[action](request, stamps_of(request, rest), progress)


def _create(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    if request.flags.domain not in (None, BANK):
        raise ConfigError(
            "snapshot create makes snapshots of the bank; {domain} is another domain",
            hint="leave --domain out; other domains are published from Python: SnapshotStore().publish",
            domain=request.flags.domain,
        )
    stamp = at_most_one(stamps)
    series, missing = series_of(request)
    if request.flags.dry_run:
        return _would_create(request, series, missing, stamp)
    made = request.engine.bank_snapshots.create(series, stamp=stamp, progress=progress)
    document = {
        "snapshot": described(made.partition),
        "series": [{"provider": each.provider, "symbol": each.symbol} for each in made.pinned.series],
        "missing": missing,
        "linked": made.pinned.linked,
        "copied": made.pinned.copied,
    }
    blocks = [*_created(made.partition, len(made.pinned.series), document), *_left_out(missing)]
    return Result(document, blocks)


def _created(partition: Partition, count: int, document: Mapping[str, object]) -> Iterator[Block]:
    yield counted(
        "{path}: {count} series, {files} files, {size} MB",
        "{path}: {count} series, {files} files, {size} MB",
        count,
        path=partition.path,
        files=number(len(partition.files)),
        size=megabytes(partition.size_bytes),
    )
    if document["copied"]:
        yield _("{copied} files were copied: this disk has no hard links to the bank's").format(
            copied=number(int(str(document["copied"])))
        )
    else:
        yield _("every file is a link to the bank's: it takes no room of its own")


def _left_out(missing: Sequence[str]) -> Iterator[str]:
    if missing:
        yield _("not stored, and not in it: {symbols}").format(symbols=", ".join(missing))


def _would_create(
    request: Request, series: Sequence[tuple[str, str]] | None, missing: Sequence[str], stamp: str | None
) -> Result:
    snapshots, store = request.engine.snapshots, request.engine.store
    chosen = list(store.series() if series is None else series)
    when = Stamp.of_day(snapshots.clock()) if stamp is None else Stamp.parse(stamp)
    document = {
        "dry_run": True,
        "domain": BANK,
        "stamp": when.text,
        "series": [{"provider": provider, "symbol": symbol} for provider, symbol in chosen],
        "missing": missing,
    }
    return Result(
        document,
        [
            _("would make {path}: {series}").format(
                path=snapshots.dated.folder(BANK) / when.folder, series=", ".join(map(" ".join, chosen)) or "-"
            ),
            *_left_out(missing),
        ],
    )


def _archive(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    if stamps:
        raise ConfigError("snapshot archive takes an age, not dates", hint="add: --older-than 90d")
    if request.flags.older_than is None:
        raise ConfigError("snapshot archive needs an age", hint="add: --older-than 90d")
    with as_usage():
        age = age_of(request.flags.older_than)
    dry_run = request.flags.dry_run
    packed = request.engine.snapshots.archive(age, domain_of(request), dry_run=dry_run, progress=progress)
    findings = [finding for each in packed for finding in each.findings]
    document = {
        "dry_run": dry_run,
        "archives": [
            {"domain": each.domain, "month": each.month, "path": each.path, "stamps": each.stamps,
             "size_bytes": each.before_bytes}
            for each in packed
        ],
        "findings": [{"path": each.path, "message": each.text} for each in findings],
    }  # fmt: skip
    blocks = list(_archived(packed, findings, dry_run=dry_run))
    return Result(document, blocks, StoreError.exit_code if findings else 0)


def _archived(packed: Sequence[Packed], findings: Sequence[Finding], *, dry_run: bool) -> Iterator[Block]:
    headings = (_("domain"), _("month"), _("snapshots"), _("MB"), _("archive"))
    rows = [
        (each.domain, each.month, len(each.stamps), Figure(megabytes(each.before_bytes)), str(each.path))
        for each in packed
        if each.stamps
    ]
    yield Table(headings, rows)
    yield Table((_("where"), _("what")), [(each.path, translated(each.message, each.fields)) for each in findings])
    if not packed:
        yield _("nothing is that old")
    elif dry_run:
        yield _("nothing was packed: this was a dry run")


def _restore(request: Request, stamps: Sequence[str], progress: Progress) -> Result:
    domain = domain_of(request)
    if stamps and domain in (None, BANK):
        return _put_back(request, at_most_one(stamps) or "", progress)
    dry_run = request.flags.dry_run
    back = request.engine.snapshots.restore(domain, stamps or None, dry_run=dry_run, progress=progress)
    document = {"dry_run": dry_run, "restored": [described(each) for each in back]}
    rows = [(each.domain, each.stamp, str(each.path)) for each in back]
    blocks: list[Block] = [Table((_("domain"), _("date"), _("path")), rows)]
    if not back:
        blocks.append(_("nothing to bring back from an archive"))
    elif dry_run:
        blocks.append(_("nothing came back: this was a dry run"))
    return Result(document, blocks)


def _put_back(request: Request, stamp: str, progress: Progress) -> Result:
    dry_run = request.flags.dry_run
    named = request.flags.symbols is not None or request.flags.group is not None
    bank = request.engine.bank_snapshots
    series = None
    if named:
        if not dry_run:
            request.engine.snapshots.restore(BANK, [stamp], progress=progress)
        there = {each.symbol: each.provider for each in bank.show(stamp).pinned.series}
        series = [(there.get(symbol, request.provider), symbol) for symbol in symbols_of(request)]
    done = bank.restore(stamp, series, dry_run=dry_run, progress=progress)
    headings = (_("provider"), _("symbol"), _("files changed"), _("generation"))
    document = {"dry_run": dry_run, "stamp": stamp, "series": done}
    blocks: list[Block] = [Table(headings, [_put(each) for each in done])]
    if dry_run:
        blocks.append(_("nothing was changed: this was a dry run"))
    elif any(each.generation is not None for each in done):
        blocks.append(_("threadx undo takes it back, symbol by symbol"))
    return Result(document, blocks)


def _put(each: PutBack) -> tuple[str | int, ...]:
    return each.provider, each.symbol, each.changed, "-" if each.generation is None else each.generation


_ACTIONS: Mapping[str, Callable[[Request, Sequence[str], Progress], Result]] = {
    "create": _create,
    "list": listed,
    "show": show,
    "diff": diff,
    "archive": _archive,
    "restore": _restore,
}
