"""The least Excel workbook that holds tables of numbers and text (ECMA-376, part 1, sections 18.2 and 18.3)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

__all__ = ["Cell", "write_workbook"]

Cell = str | float | int | None

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def write_workbook(target: IO[bytes], sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> None:
    """Write tables as the sheets of an ``.xlsx`` file; the same tables give the same bytes.

    Parameters
    ----------
    target : binary file
        Open for writing.
    sheets : mapping of str to rows
        In order; None is an empty cell.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(sheets):
            entry = zipfile.ZipInfo(name)  # dated 1980, so that equal tables are equal files
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, HEAD + text)


def _parts(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> Iterator[tuple[str, str]]:
    count = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{KIND}.worksheet+xml"/>' for n in count
    )
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>{overrides}</Types>'
        ),
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    tabs = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(count, sheets, strict=True)
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{tabs}</sheets></workbook>'
    yield "xl/_rels/workbook.xml.rels", _relations([("worksheet", f"worksheets/sheet{n}.xml") for n in count])
    for n, rows in zip(count, sheets.values(), strict=True):
        body = "".join(_row(number, row) for number, row in enumerate(rows, start=1))
        yield f"xl/worksheets/sheet{n}.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _row(number: int, cells: Sequence[Cell]) -> str:
    body = "".join(
        _cell(f"{chr(ord('A') + place)}{number}", value) for place, value in enumerate(cells) if value is not None
    )
    return f'<row r="{number}">{body}</row>'


def _cell(where: str, value: str | float) -> str:
    if isinstance(value, str):
        space = "" if value == value.strip() else ' xml:space="preserve"'  # openxlsx takes the attribute for text
        return f'<c r="{where}" t="inlineStr"><is><t{space}>{escape(value)}</t></is></c>'
    return f'<c r="{where}"><v>{value!r}</v></c>'
