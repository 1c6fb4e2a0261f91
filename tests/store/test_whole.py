from __future__ import annotations

import pytest

from threadx.store.fsio import Fs, Operation
from threadx.store.whole import write_whole


def test_a_file_and_its_folders_are_made_and_replaced(tmp_path):
    file = tmp_path / "a" / "b" / "c.json"
    write_whole(file, b"1")
    write_whole(file, b"2")

    assert file.read_bytes() == b"2"
    assert [each.name for each in file.parent.iterdir()] == ["c.json"]


@pytest.mark.parametrize("where", ["create", "write", "fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_content_and_nothing_else(tmp_path, where):
    file = tmp_path / "c.json"
    write_whole(file, b"old")

    def refuse(operation: Operation) -> None:
        if operation.name == where:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(file, b"new", Fs(refuse))

    assert file.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]
