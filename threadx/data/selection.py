"""A ranking as files: the day's snapshot, and the list that older tools read.

The snapshot `data/selection/dt=YYYYMMDD/` holds `tokens.parquet` (the symbols, one row each) and `tokens.json`
(everything: ranks, capitalisations, volumes, ids, the pairs that follow, every exclusion with its reason). A day's
first selection takes the day; a later one of the same day takes its hour; a further one within that hour finds both
taken and leaves them as they are.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from threadx.bars.dates import ms_of, utc
from threadx.data.plan import Note
from threadx.data.ranking import Basis, Exclusion, Ranking, Token
from threadx.data.snapshots import SnapshotStore, in_archive
from threadx.errors import CorruptPartitionError, SnapshotExistsError
from threadx.exchange.attribution import ATTRIBUTION, ATTRIBUTION_URL
from threadx.progress import Progress
from threadx.store.contents import Content
from threadx.store.outgoing import outgoing
from threadx.store.retention import only_archived
from threadx.store.stamps import Stamp

__all__ = ["DOMAIN", "as_document", "as_frame", "as_old_list", "of_document", "publish", "published", "write_old_list"]

DOMAIN = "selection"
TABLE, DOCUMENT = "tokens.parquet", "tokens.json"
FORMAT = 1


def as_document(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as JSON values; `of_document` brings it back."""
    return {
        "format": FORMAT,
        "made": utc(ranking.made_ms).isoformat(),
        "provider": ranking.provider,
        "quote": ranking.quote,
        "limit": ranking.limit,
        "basis": str(ranking.basis),
        "order": ranking.order,
        "attribution": f"{ATTRIBUTION} ({ATTRIBUTION_URL})" if ranking.has_caps else "",
        "notes": [_noted(note) for note in ranking.notes],
        "tokens": [_described(token) for token in ranking.tokens],
        "excluded": [
            {"symbol": each.symbol, "base": each.base, "reason": str(each.reason), **_noted(each.reason)}
            for each in ranking.excluded
        ],
        "rest": [_described(token) for token in ranking.rest],
    }


def of_document(document: Mapping[str, Any], *, limit: int, stamp: str = "") -> Ranking:
    """Return the ranking of a document, with as many tokens as are wanted now.

    Raises:
        KeyError: it is none; ValueError, TypeError likewise.
    """
    names = [each.name for each in dataclasses.fields(Token)]
    tokens = tuple(Token(**{name: entry[name] for name in names}) for entry in [*document["tokens"], *document["rest"]])
    return Ranking(
        tokens[:limit],
        Basis(document["basis"]),
        document["quote"],
        limit,
        ms_of(datetime.fromisoformat(document["made"])),
        document["provider"],
        tuple(Exclusion(each["symbol"], each["base"], _note(each)) for each in document["excluded"]),
        tuple(_note(each) for each in document["notes"]),
        tokens[limit:],
        stamp,
    )


def as_frame(ranking: Ranking) -> pd.DataFrame:
    """Return the tokens as a table; what is not known is null."""
    rows = [_described(token) for token in ranking.tokens]
    names = [*(each.name for each in dataclasses.fields(Token)), "reason"]
    frame = pd.DataFrame(rows, columns=names)
    whole = {"rank": "int64", "cap_rank": "Int64", "volume_rank": "int64"}
    broken = dict.fromkeys(("market_cap", "volume", "price", "score"), "float64")
    return frame.astype(
        {**whole, **broken, **dict.fromkeys(("symbol", "base", "quote", "id", "name", "reason"), "str")}
    )


def as_old_list(ranking: Ranking) -> list[dict[str, Any]]:
    """Return the list that tools before ThreadX read: `symbol` is the base asset, and unknown numbers are 0 and 999."""
    return [
        {
            "symbol": token.base,
            "name": token.name,
            "market_cap": token.market_cap or 0,
            "market_cap_rank": token.cap_rank if token.cap_rank is not None else 999,
            "volume": token.volume,
            "source": "both" if token.market_cap is not None else "volume",
            "score": token.score,
            "rank": token.rank,
            "pair": token.symbol,
            "quote": token.quote,
            "id": token.id,
        }
        for token in ranking.tokens
    ]


def write_old_list(ranking: Ranking, path: Path) -> None:
    """Write that list in one step.

    Raises:
        StoreError: the disk refused; a list that was there is as it was.
    """
    with outgoing(path) as leaving:
        leaving.file.write(json.dumps(as_old_list(ranking), indent=2, ensure_ascii=False, allow_nan=False).encode())


def publish(ranking: Ranking, snapshots: SnapshotStore, progress: Progress) -> Ranking:
    """Publish a ranking under its day, else under its hour; return it with the stamp it stands under.

    Where both are taken nothing is written, and a note says which snapshot stands.

    Raises:
        StoreError: the disk refused, or another program publishes.
    """
    when = utc(ranking.made_ms)
    files: dict[str, Content] = {TABLE: as_frame(ranking), DOCUMENT: as_document(ranking)}
    for stamp in (Stamp.of_day(when), Stamp.of_hour(when)):
        try:
            snapshots.publish(DOMAIN, files, stamp=stamp.text, progress=progress)
        except SnapshotExistsError:
            continue
        return dataclasses.replace(ranking, stamp=stamp.text)
    hour = Stamp.of_hour(when).text
    note = Note("the snapshot of this hour is there already and stays: {stamp}", {"stamp": hour})
    return dataclasses.replace(ranking, notes=(*ranking.notes, note))


def published(
    snapshots: SnapshotStore, *, provider: str, quote: str, limit: int, day: str, end_ms: int
) -> Ranking | None:
    """Return what was last published of a provider and a quote asset, on a day or at all; None for nothing.

    Args:
        snapshots: where.
        provider: whose pairs.
        quote: against what.
        limit: how many tokens are wanted.
        day: YYYYMMDD; "" for any.
        end_ms: UTC ms; nothing that was made later is looked at.

    Raises:
        DataNotFoundError: a snapshot of that day lies in an archive.
        CorruptPartitionError: a snapshot differs from what was published, or is none of ours.
    """
    packed = only_archived(snapshots.dated, DOMAIN, day[:6], day[:6]) if day else []
    hidden = [stamp for stamp in packed if stamp.text.startswith(day) and stamp.may_be_known(utc(end_ms - 1))]
    if hidden:
        raise in_archive(DOMAIN, hidden[-1])
    partitions = [each for each in snapshots.list(DOMAIN) if each.stamp.startswith(day) and each.complete]
    for partition in reversed(partitions):
        try:
            document = json.loads(snapshots.dated.read(partition, DOCUMENT))
            found = of_document(document, limit=limit, stamp=partition.stamp)
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptPartitionError(
                "{path}: not a list of symbols",
                hint="another program wrote it; move that snapshot away",
                path=partition.path / DOCUMENT,
            ) from error
        if (found.provider, found.quote) == (provider, quote) and found.made_ms < end_ms:
            return found
    return None


def _described(token: Token) -> dict[str, Any]:
    return {each.name: getattr(token, each.name) for each in dataclasses.fields(Token)} | {"reason": token.reason}


def _noted(note: Note) -> dict[str, Any]:
    return {"text": str(note), "template": note.template, "fields": dict(note.fields)}


def _note(entry: Mapping[str, Any]) -> Note:
    return Note(*(entry["template"], entry["fields"]))  # a text of ours from another day
