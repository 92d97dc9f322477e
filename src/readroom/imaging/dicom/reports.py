"""Measurements out of structured reports (PS3.16 TID 1500, 1410, 1411, 1501)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.facts import description_of, uid_of
from readroom.imaging.dicom.headers import read_header
from readroom.imaging.errors import TooLarge, UnsupportedContent

CONCEPT_CODE_SEQUENCE, TEXT_VALUE, ITEM_UID = 0x0040A168, 0x0040A160, 0x0040A124
MEASURED_VALUE_SEQUENCE, NUMERIC_VALUE = 0x0040A300, 0x0040A30A
GRAPHIC_TYPE, GRAPHIC_DATA = 0x00700023, 0x00700022
REFERENCED_SOP_SEQUENCE, REFERENCED_SOP_INSTANCE, REFERENCED_FRAMES = 0x00081199, 0x00081155, 0x00081160
MEASUREMENT_GROUP, TRACKING, FINDING, SITE = "125007", "112039", "121071", "363698007"
MOST_ITEMS = 200_000


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number: what was measured, the value and its unit (UCUM)."""

    name: str
    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """Where something was measured.

    Parameters
    ----------
    graphic : str
        Point, polyline, circle and the like, as DICOM names them.
    points : tuple of tuple of float
        (column, row) in pixels of the image with 0.5 at the centre of the first, or (x, y, z) in the patient, LPS mm.
    instance : str
        SOP Instance UID of the image for points in pixels.
    frames : tuple of int
        Of a multi-frame image, counted from 1; empty for the only one.
    """

    graphic: str
    points: tuple[tuple[float, ...], ...]
    instance: str = ""
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementGroup:
    """What was measured and said about one thing."""

    tracking: str = ""
    finding: str = ""
    site: str = ""
    measurements: tuple[Measurement, ...] = ()
    statements: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A structured report: its title and its measurement groups."""

    title: str
    groups: tuple[MeasurementGroup, ...]


def read_report(path: Path) -> Report:
    """Measurements of a structured report.

    >>> read_report(Path("report.dcm")).groups[0].measurements  # doctest: +SKIP
    (Measurement(name='Diameter', value=10.0, unit='mm'),)

    Parameters
    ----------
    path : Path
        A DICOM structured report. Numbers outside measurement groups form a last group without a name.

    Raises
    ------
    RefusedFile
        `UnsupportedContent` when it is no structured report, and what reading a header raises.
    """
    elements = read_header(path).elements
    if tags.CONTENT_SEQUENCE not in elements:
        raise UnsupportedContent("It is no structured report: it has no content.")
    groups: list[MeasurementGroup] = []
    loose: list[Measurement] = []
    for item in _walk(elements):
        if _name(item)[0] == MEASUREMENT_GROUP:
            groups.append(_read_group(item))
        else:
            loose += _measurements(item)
    if loose:
        groups.append(MeasurementGroup(measurements=tuple(loose)))
    return Report(_name(elements)[1], tuple(groups))


def _walk(elements: Elements) -> Iterator[Elements]:
    """All items in the order of the document; the insides of measurement groups are left to them."""
    pending = _content(elements)[::-1]
    for _ in range(MOST_ITEMS):
        if not pending:
            return
        item = pending.pop()
        yield item
        if _name(item)[0] != MEASUREMENT_GROUP:
            pending += _content(item)[::-1]
    raise TooLarge(f"The report has more than {MOST_ITEMS:,} items.")


def _content(item: Elements) -> list[Elements]:
    """Children; the character set goes down to them."""
    children = item.items(tags.CONTENT_SEQUENCE)
    encoding = item.values.get(tags.SPECIFIC_CHARACTER_SET, b"")
    for child in children:
        child.values.setdefault(tags.SPECIFIC_CHARACTER_SET, encoding)
    return children


def _code(item: Elements, sequence: int) -> tuple[str, str]:
    code = item.item(sequence)
    code.values.setdefault(tags.SPECIFIC_CHARACTER_SET, item.values.get(tags.SPECIFIC_CHARACTER_SET, b""))
    return code.text(tags.CODE_VALUE), description_of(code, tags.CODE_MEANING)


def _name(item: Elements) -> tuple[str, str]:
    return _code(item, tags.CONCEPT_NAME_CODE_SEQUENCE)


def _measurements(item: Elements) -> Iterator[Measurement]:
    if item.text(tags.VALUE_TYPE) != "NUM":
        return
    for measured in item.items(MEASURED_VALUE_SEQUENCE):
        value = measured.decimal(NUMERIC_VALUE)
        if value is not None:
            yield Measurement(_name(item)[1], value, _code(measured, tags.MEASUREMENT_UNITS_CODE_SEQUENCE)[0])


def _read_group(group: Elements) -> MeasurementGroup:
    said: dict[str, str] = {}
    codes: dict[str, str] = {}
    measurements: list[Measurement] = []
    regions: list[Region] = []
    instances: list[str] = []
    for item in _content(group):
        code, name = _name(item)
        kind = item.text(tags.VALUE_TYPE)
        measurements += _measurements(item)
        if kind in ("CODE", "TEXT"):
            codes[code] = _code(item, CONCEPT_CODE_SEQUENCE)[1] if kind == "CODE" else description_of(item, TEXT_VALUE)
            if code not in (TRACKING, FINDING, SITE):
                said[name] = codes[code]
        elif kind in ("SCOORD", "SCOORD3D"):
            regions.append(_region(item, 2 if kind == "SCOORD" else 3))
        elif kind == "IMAGE":
            instances.append(uid_of(item.item(REFERENCED_SOP_SEQUENCE), REFERENCED_SOP_INSTANCE))
    instances += [region.instance for region in regions if region.instance]
    return MeasurementGroup(
        tracking=codes.get(TRACKING, ""),
        finding=codes.get(FINDING, ""),
        site=codes.get(SITE, ""),
        measurements=tuple(measurements),
        statements=said,
        regions=tuple(regions),
        instances=tuple(dict.fromkeys(instances)),
    )


def _region(item: Elements, dimensions: int) -> Region:
    numbers = item.numbers(GRAPHIC_DATA, "f")
    points = tuple(numbers[i : i + dimensions] for i in range(0, len(numbers) - dimensions + 1, dimensions))
    images = [child for child in item.items(tags.CONTENT_SEQUENCE) if child.text(tags.VALUE_TYPE) == "IMAGE"]
    reference = images[0].item(REFERENCED_SOP_SEQUENCE) if images else Elements(item.encoding)
    frames = tuple(int(number) for number in reference.decimals(REFERENCED_FRAMES))
    return Region(item.text(GRAPHIC_TYPE), points, uid_of(reference, REFERENCED_SOP_INSTANCE), frames)
