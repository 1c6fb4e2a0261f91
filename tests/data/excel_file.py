"""What an Excel file holds, read by hand: a zip of XML. Only what our own files need."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)


def sheets(path: Path) -> dict[str, list[list[object]]]:
    """Return the cells of each sheet: numbers as float, texts as str, truth as bool, empty ones as None."""
    with zipfile.ZipFile(path) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in book.iterfind("m:sheets/m:sheet", NS)]
        shared = _shared(archive)
        return {
            name: _rows(ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")), shared)
            for number, name in enumerate(names, 1)
        }


def formulas(path: Path) -> int:
    """Return how many cells would be computed."""
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(archive.read(name).count(b"<f>") for name in parts)


def moment(serial: object) -> datetime:
    """Return the UTC time that a date cell says."""
    assert isinstance(serial, float)
    return _EPOCH + timedelta(minutes=round(serial * 1440))


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    table = ET.fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(part.text or "" for part in one.iterfind(".//m:t", NS)) for one in table.iterfind("m:si", NS)]


def _rows(sheet: ET.Element, shared: list[str]) -> list[list[object]]:
    found: list[list[object]] = []
    for row in sheet.iterfind("m:sheetData/m:row", NS):
        found += [[] for _ in range(int(row.attrib["r"]) - len(found) - 1)]  # empty rows are not written
        cells: dict[int, object] = {_column(cell.attrib["r"]): _value(cell, shared) for cell in row.iterfind("m:c", NS)}
        found.append([cells.get(number) for number in range(max(cells, default=-1) + 1)])
    return found


def _column(reference: str) -> int:
    number = 0
    for letter in re.match(r"[A-Z]+", reference)[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: ET.Element, shared: list[str]) -> object:
    kind, text = cell.attrib.get("t", "n"), cell.findtext("m:v", namespaces=NS)
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iterfind(".//m:t", NS))
    if text is None:
        return None
    return {"s": lambda: shared[int(text)], "b": lambda: text == "1"}.get(kind, lambda: float(text))()
