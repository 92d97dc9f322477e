"""What a DICOM instance is, told by its SOP class (PS3.4 annex B.5) and transfer syntax."""

from __future__ import annotations

from enum import StrEnum

STORAGE = "1.2.840.10008.5.1.4.1.1."


class Kind(StrEnum):
    """What an instance is for."""

    IMAGE = "image"
    SLIDE = "slide"
    SEGMENTATION = "segmentation"
    STRUCTURES = "structures"
    REPORT = "report"
    PRESENTATION = "presentation"
    DOCUMENT = "document"
    VIDEO = "video"
    WAVEFORM = "waveform"
    PLAN = "plan"
    REGISTRATION = "registration"
    ANNOTATION = "annotation"
    INDEX = "index"
    OTHER = "other"


PREFIXES: tuple[tuple[str, Kind], ...] = (
    ("1.2.840.10008.1.3.10", Kind.INDEX),
    (STORAGE + "77.1.6", Kind.SLIDE),
    (STORAGE + "66.4", Kind.SEGMENTATION),
    (STORAGE + "66.7", Kind.SEGMENTATION),
    (STORAGE + "66.5", Kind.STRUCTURES),
    (STORAGE + "66", Kind.REGISTRATION),
    (STORAGE + "67", Kind.OTHER),
    (STORAGE + "481.3", Kind.STRUCTURES),
    (STORAGE + "481.1", Kind.IMAGE),
    (STORAGE + "481.2", Kind.IMAGE),
    (STORAGE + "481", Kind.PLAN),
    (STORAGE + "88.59", Kind.OTHER),
    (STORAGE + "88", Kind.REPORT),
    (STORAGE + "11", Kind.PRESENTATION),
    (STORAGE + "104", Kind.DOCUMENT),
    (STORAGE + "9", Kind.WAVEFORM),
    (STORAGE + "91.1", Kind.ANNOTATION),
    (STORAGE + "77.1.1.1", Kind.VIDEO),
    (STORAGE + "77.1.2.1", Kind.VIDEO),
    (STORAGE + "77.1.4.1", Kind.VIDEO),
)

VIDEO_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in range(100, 109)) | {
    f"1.2.840.10008.1.2.4.{n}.1" for n in range(100, 109)
}

SENTENCES: dict[Kind, str] = {
    Kind.STRUCTURES: "A structure set (contours) is no image; convert it to a segmentation to show it.",
    Kind.REPORT: "A structured report is no image; its measurements can be read with read_report.",
    Kind.PRESENTATION: "A presentation state is no image; it describes how another image was shown.",
    Kind.DOCUMENT: "An encapsulated document (PDF or a model) is no image; upload it as a file.",
    Kind.VIDEO: "A video (MPEG or H.264/H.265) is not read as an image; upload it as a video file.",
    Kind.WAVEFORM: "A waveform (such as an ECG) is no image.",
    Kind.PLAN: "A radiotherapy plan or record is no image.",
    Kind.REGISTRATION: "A registration is no image; it relates two others.",
    Kind.ANNOTATION: "Bulk annotations are no image.",
    Kind.INDEX: "A DICOMDIR is the index of a disc; the files it lists are read without it.",
    Kind.OTHER: "This kind of DICOM object has no pixels.",
}
"""Why an instance of a kind becomes no image."""


def kind_of(sop_class: str, *, transfer_syntax: str, has_pixels: bool) -> Kind:
    """What an instance is; one of an unknown class is an image when it has pixels."""
    if transfer_syntax in VIDEO_SYNTAXES:
        return Kind.VIDEO
    for prefix, kind in PREFIXES:
        if sop_class == prefix or sop_class.startswith(prefix + "."):
            return kind
    return Kind.IMAGE if has_pixels else Kind.OTHER
