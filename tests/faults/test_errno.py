"""The system refuses an operation, once or from then on: never a wrong "ok", the old state or the new one."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.faults.harness import CASES, Case, Count, FailAt, check_whole, chosen, copy_bank, open_store, state
from threadx.errors import ThreadXError

CODES = [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE, errno.EINTR]


@pytest.mark.faults
@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("case", [case for case in CASES if case.name in ("append", "upsert")], ids=lambda c: c.name)
def test_a_refused_operation_never_gives_a_wrong_ok(case: Case, code: int, tmp_path: Path, fault_scale: float):
    base = tmp_path / "base"
    base.mkdir()
    case.prepare(open_store(base))
    before = state(open_store(base))
    copy_bank(base, tmp_path / "done")
    count = Count(names=None)
    case.act(open_store(tmp_path / "done", count))
    after = state(open_store(tmp_path / "done"))

    for number in chosen(len(count.seen), fault_scale / 4):
        for persistent in (False, True):
            root = tmp_path / f"{number}-{persistent}"
            copy_bank(base, root)
            try:
                case.act(open_store(root, FailAt(number, code, persistent=persistent)))
            except ThreadXError:
                check_whole(root, before, after)
            else:
                check_whole(root, after)
