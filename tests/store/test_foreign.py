"""Files of other tools: read whole, told apart by their first bytes, and never trusted."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import zipfile

import pytest

from threadx.errors import DataNotFoundError, FileValidationError
from threadx.store.foreign import Content, load
from threadx.store.fsio import Fs


@pytest.fixture
def file(tmp_path):
    return tmp_path / "bars.bin"


def test_content_is_told_by_its_first_bytes(file):
    for data, content in ((b"[1]", Content.TEXT), (b"PAR1....", Content.PARQUET), (b"ARROW1..", Content.FEATHER)):
        file.write_bytes(data)
        assert load(file).content is content


def test_gzip_is_unpacked_and_the_digest_is_that_of_the_file(file):
    data = gzip.compress(b"[1, 2]") + gzip.compress(b"[3]")  # two parts: what some tools append
    file.write_bytes(data)
    found = load(file)
    assert (found.packed, found.text(), found.size_bytes) == ("gzip", "[1, 2][3]", len(data))
    assert found.sha256 == hashlib.sha256(data).hexdigest()


def zipped(*members, how=zipfile.ZIP_DEFLATED):
    """Return a zip of (name, content)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", how) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def test_the_one_file_of_a_zip_is_read_and_what_macos_adds_is_passed_over(file):
    data = zipped(("bars/", b""), ("bars/BTCUSDT_1m.json", b"[1, 2]"), ("__MACOSX/._BTCUSDT_1m.json", b"\0\5"))
    file.write_bytes(data)
    found = load(file)
    assert (found.packed, found.inner, found.text()) == ("zip", "bars/BTCUSDT_1m.json", "[1, 2]")
    assert found.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped(("a.csv", b"1"), ("b.csv", b"2")), "an archive of 2 files"),
        (zipped(("bars/", b"")), "an archive of 0 files"),
        (zipped(("a.zip", zipped(("a.csv", b"1")))), "a workbook, or an archive in another"),
        (zipped(("a.csv", b"1" * 999), how=zipfile.ZIP_LZMA), "its compression is not known"),
        (zipped(("a.csv", b"1" * 999))[:-9], "not a zip file"),
        (zipped(("a.csv", b"1234"), how=zipfile.ZIP_STORED).replace(b"1234", b"1235"), "Bad CRC-32"),
        (zipped(("a.csv", b"1")).replace(b"\x14\0\0\0", b"\x14\0\1\0"), "password required"),
        (zipped(("a.csv", b"1")).replace(b"a.csv", b"\0.csv"), "a file without a name"),
    ],
)
def test_a_zip_that_holds_no_single_file_or_is_damaged_is_refused(file, data, why):
    file.write_bytes(data)
    with pytest.raises(FileValidationError, match=why):
        load(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_text_is_read_by_its_mark(file, encoding):
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    file.write_bytes(mark + "[1, 2]".encode(encoding))
    assert load(file).text() == "[1, 2]"


def test_what_is_not_there_or_no_file_is_said(tmp_path):
    with pytest.raises(DataNotFoundError, match="no such file"):
        load(tmp_path / "none")
    with pytest.raises(FileValidationError, match="not a file"):
        load(tmp_path)


def test_what_may_not_be_read_is_said(file):
    file.write_bytes(b"[1]")

    def refuse(operation):
        if operation.name == "open":
            raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(FileValidationError, match="cannot be read: Permission denied"):
        load(file, fs=Fs(refuse))


def test_what_is_too_large_is_refused_before_it_is_read_or_unpacked(file):
    file.write_bytes(gzip.compress(bytes(2 << 20)))  # two kilobytes that become two megabytes
    with pytest.raises(FileValidationError, match="larger than"):
        load(file, most_bytes=1 << 20)
    file.write_bytes(zipped(("BTCUSDT_1m.csv", bytes(2 << 20))))
    with pytest.raises(FileValidationError, match="larger than"):
        load(file, most_bytes=1 << 20)
    file.write_bytes(b" " * (2 << 20))
    with pytest.raises(FileValidationError, match="larger than 0 GB"):
        load(file, most_bytes=1 << 20)
