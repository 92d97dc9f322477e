"""What the rules and the database want to know of an instance, from its header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zlib import crc32

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import calibrate
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.frames import orientation_of, position_of
from readroom.imaging.dicom.headers import Header
from readroom.imaging.dicom.image_sets import InstanceFacts
from readroom.imaging.dicom.kinds import kind_of

UID = re.compile(r"[0-9.]{1,64}\Z")
MULTI_FRAME_CLASSES = tuple(
    "1.2.840.10008.5.1.4.1.1." + number
    for number in (
        "2.1", "2.2", "3.1", "4.1", "4.3", "4.4", "6.2", "7.1", "7.2", "7.3", "7.4", "12.1.1", "12.2.1", "13.1.1",
        "13.1.2", "13.1.3", "13.1.4", "13.1.5", "14.1", "14.2", "20", "30", "77.1.5.4", "77.1.5.8", "128.1", "130",
        "481.2",
    )
)  # fmt: skip
"""SOP classes whose instances are sets of their own even with one frame (PS3.4 table B.5-1)."""
LONGEST_TEXT = 256
TEXTS = {
    "Modality": tags.MODALITY,
    "StudyDate": tags.STUDY_DATE,
    "SeriesDate": tags.SERIES_DATE,
    "SeriesTime": tags.SERIES_TIME,
    "AcquisitionDate": tags.ACQUISITION_DATE,
    "BodyPartExamined": tags.BODY_PART_EXAMINED,
    "Laterality": tags.LATERALITY,
    "ImageLaterality": tags.IMAGE_LATERALITY,
    "ViewPosition": tags.VIEW_POSITION,
    "SeriesNumber": tags.SERIES_NUMBER,
    "PhotometricInterpretation": tags.PHOTOMETRIC_INTERPRETATION,
}
UIDS = {
    "StudyInstanceUID": tags.STUDY_INSTANCE_UID,
    "SeriesInstanceUID": tags.SERIES_INSTANCE_UID,
    "SOPClassUID": tags.SOP_CLASS_UID,
    "FrameOfReferenceUID": tags.FRAME_OF_REFERENCE_UID,
}


def uid_of(elements: Elements, tag: int) -> str:
    """A UID, or "" for what is none: it may be shown, stored and compared, and nothing else fits in it."""
    text = elements.text(tag)
    return text if UID.match(text) else ""


def description_of(elements: Elements, tag: int) -> str:
    """Text in the character set of the data set; bytes that do not fit it are shown as such."""
    data = elements.values.get(tag, b"")
    sets = elements.texts(tags.SPECIFIC_CHARACTER_SET)
    if data.isascii() or not sets:
        return _show(data.decode("ascii", "replace"))
    from pydicom.charset import convert_encodings, decode_bytes

    try:
        text = str(decode_bytes(data, convert_encodings(list(sets)), set()))
    except (LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return _show(text)


def _show(text: str) -> str:
    """Text as a screen or a terminal may show it: no control characters, not longer than a line."""
    return "".join(c if c.isprintable() else " " for c in text[:LONGEST_TEXT].strip(" \0")).strip()


def read_facts(header: Header) -> InstanceFacts:
    """Facts of an instance for `image_sets.build`."""
    elements = header.elements
    sop_class = uid_of(elements, tags.SOP_CLASS_UID)
    image_type = elements.texts(tags.IMAGE_TYPE)
    spacing = calibrate(elements)
    return InstanceFacts(
        sop_instance=uid_of(elements, tags.SOP_INSTANCE_UID),
        series=uid_of(elements, tags.SERIES_INSTANCE_UID),
        study=uid_of(elements, tags.STUDY_INSTANCE_UID),
        kind=kind_of(sop_class, transfer_syntax=header.transfer_syntax, has_pixels=header.pixels is not None),
        modality=_show(elements.text(tags.MODALITY)),
        is_multi_frame=(elements.whole(tags.NUMBER_OF_FRAMES) or 1) > 1 or sop_class in MULTI_FRAME_CLASSES,
        is_localizer="LOCALIZER" in image_type,
        rows=elements.short(tags.ROWS) or 0,
        columns=elements.short(tags.COLUMNS) or 0,
        frame_kind=_frame_kind(header),
        orientation=orientation_of(elements),
        position=position_of(elements),
        spacing=spacing.spacing if spacing.is_known else None,
        number=elements.whole(tags.INSTANCE_NUMBER),
        acquisition=elements.whole(tags.ACQUISITION_NUMBER),
        temporal=elements.whole(tags.TEMPORAL_POSITION_IDENTIFIER),
        moment=_moment(elements),
        written=elements.text(tags.CONTENT_DATE) + elements.text(tags.CONTENT_TIME),
        image_type=image_type,
        body_part=elements.text(tags.BODY_PART_EXAMINED),
    )


def _frame_kind(header: Header) -> str:
    """How pixels are written: frames of different kinds do not make one array."""
    elements = header.elements
    is_float = header.pixels is not None and header.pixels.tag != tags.PIXEL_DATA
    kind = "f" if is_float else "s" if elements.short(tags.PIXEL_REPRESENTATION) else "u"
    photometric = elements.text(tags.PHOTOMETRIC_INTERPRETATION)
    samples = "color" if (elements.short(tags.SAMPLES_PER_PIXEL) or 1) > 1 else "gray"
    color = "palette" if photometric == "PALETTE COLOR" else samples
    inverted = "-inverted" if photometric == "MONOCHROME1" else ""
    table = elements.values.get(tags.MODALITY_LUT_SEQUENCE, b"")
    return f"{kind}{elements.short(tags.BITS_ALLOCATED) or 0}-{color}{inverted}" + (f"-{crc32(table)}" if table else "")


def _moment(elements: Elements) -> str:
    trigger = elements.decimal(tags.TRIGGER_TIME)
    if trigger is not None:
        return f"{trigger:014.3f}"
    acquired = elements.text(tags.ACQUISITION_DATE_TIME)
    return acquired or elements.text(tags.ACQUISITION_DATE) + elements.text(tags.ACQUISITION_TIME)


def facts_for_storage(
    header: Header, *, image_set: str, rule: str, instances: Sequence[InstanceFacts]
) -> Mapping[str, Any]:
    """What an image remembers of the instances it was made from, by the keywords of the standard.

    ``SOPInstanceUIDs`` are in the order of the image's files.
    """
    elements = header.elements
    facts: dict[str, Any] = {name: uid_of(elements, tag) for name, tag in UIDS.items()}
    facts |= {name: _show(elements.text(tag)) for name, tag in TEXTS.items()}
    facts["StudyDescription"] = description_of(elements, tags.STUDY_DESCRIPTION)
    facts["SeriesDescription"] = description_of(elements, tags.SERIES_DESCRIPTION)
    facts["ImageType"] = [_show(part) for part in elements.texts(tags.IMAGE_TYPE)[:16]]
    facts["PatientOrientation"] = [_show(part) for part in elements.texts(tags.PATIENT_ORIENTATION)[:2]]
    facts["SOPInstanceUIDs"] = [instance.sop_instance for instance in instances]
    facts = {name: value for name, value in facts.items() if value}
    return MappingProxyType(facts | {"ImageSetUID": image_set, "ImageSetRule": rule})
