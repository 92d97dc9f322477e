"""Image sets as images that decode frame by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import Calibration, calibrate
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.facts import description_of, facts_for_storage
from readroom.imaging.dicom.frames import FrameFacts, read_frames, read_single_frame
from readroom.imaging.dicom.headers import Header
from readroom.imaging.dicom.image_sets import ImageSet, InstanceFacts, order_slices, orientation_key
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.dicom.stacking import measure_stack
from readroom.imaging.dicom.values import ModalityTable, read_modality_table
from readroom.imaging.geometry import Finding, FindingKind, Geometry
from readroom.imaging.source import Color, Frame, ImageHeader, Scale, UploadedFile

CROSS_SECTIONAL = frozenset(("CT", "MR", "PT"))
CROSS_SECTIONAL_WHEN_MANY = frozenset(("NM", "OPT", "RTDOSE"))
CINE_MODALITIES = frozenset(("US", "XA", "RF", "IVUS", "ES", "XC", "GM", "OCT", "IVOCT"))
LOSSY_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55, 81, 112))


@dataclass(slots=True)
class Member:
    """One instance that takes part: its file, what was read of it, and copies of it."""

    file: UploadedFile
    header: Header
    reader: FrameReader
    facts: InstanceFacts
    copies: list[UploadedFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DicomSource:
    """An image whose frames stand in DICOM files; opens one file for one frame."""

    header: ImageHeader
    frames: Sequence[tuple[FrameReader, int]]
    table: ModalityTable | None = None

    def frame(self, index: int) -> Frame:
        """Decode one frame; raises `RefusedFile` when it cannot be."""
        reader, number = self.frames[index]
        frame = reader.frame(number)
        return self.table(frame) if self.table is not None else frame


def make_images(image_set: ImageSet, members: Sequence[Member]) -> Iterator[DicomSource]:
    """The images of a set: one, or one for each stack of a multi-frame instance.

    Parameters
    ----------
    image_set : ImageSet
        What stands together.
    members : sequence of Member
        Its instances, in its order.
    """
    if image_set.rule == "multi-frame" or members[0].reader.count > 1:
        yield from _make_from_multi_frame(image_set, members[0])
        return
    calibrations = [calibrate(member.header.elements) for member in members]
    frames = [
        read_single_frame(member.header.elements, calibration)
        for member, calibration in zip(members, calibrations, strict=True)
    ]
    yield _make_image(
        _Draft(
            image_set,
            members,
            [(member.reader, 0) for member in members],
            frames,
            calibrations[0],
            image_set.time_points,
            is_complete=image_set.is_complete,
        )
    )


@dataclass(slots=True)
class _Draft:
    """An image before its header is written."""

    image_set: ImageSet
    members: Sequence[Member]
    places: list[tuple[FrameReader, int]]
    frames: list[FrameFacts]
    calibration: Calibration
    time_points: int
    is_complete: bool = True
    stack: str = ""

    @property
    def first(self) -> Elements:
        return self.members[0].header.elements


def _make_from_multi_frame(image_set: ImageSet, member: Member) -> Iterator[DicomSource]:
    frames, calibration = read_frames(member.header, member.reader.count)
    stacks: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for i, frame in enumerate(frames):
        stacks[frame.stack, orientation_key(frame.plane.orientation), frame.plane.position is None].append(i)
    for (stack, *_), indices in stacks.items():
        slices = [
            replace(
                member.facts,
                sop_instance=f"{i:09d}",
                number=i,
                moment="",
                temporal=frames[i].time,
                position=frames[i].plane.position,
                orientation=frames[i].plane.orientation,
            )
            for i in indices
        ]
        order, time_points, is_complete = order_slices(slices)
        chosen = [indices[i] for i in order]
        if time_points == 1 and _is_cine(member.header.elements, frames[chosen[0]]):
            time_points = len(chosen)
        yield _make_image(
            _Draft(
                image_set,
                [member],
                [(member.reader, i) for i in chosen],
                [frames[i] for i in chosen],
                calibration,
                time_points,
                is_complete=is_complete,
                stack=stack if len(stacks) > 1 else "",
            )
        )


def _is_cine(elements: Elements, frame: FrameFacts) -> bool:
    if frame.plane.position is not None:
        return False
    return elements.text(tags.MODALITY) in CINE_MODALITIES or frame_seconds_of(elements) is not None


def frame_seconds_of(elements: Elements) -> float | None:
    """Duration of a frame of a cine; None when none is recorded."""
    milliseconds = elements.decimal(tags.FRAME_TIME)
    if milliseconds and milliseconds > 0:
        return milliseconds / 1000
    steps = [step for step in elements.decimals(tags.FRAME_TIME_VECTOR) if step > 0]
    if steps:
        return sum(steps) / len(steps) / 1000
    rate = elements.decimal(tags.CINE_RATE) or elements.decimal(tags.RECOMMENDED_DISPLAY_FRAME_RATE)
    return 1 / rate if rate and rate > 0 else None


def _make_image(draft: _Draft) -> DicomSource:
    member, elements = draft.members[0], draft.first
    form = member.reader.format
    table = read_modality_table(elements) if form.color is Color.GRAY else None
    dtype = table.entries.dtype if table is not None else form.dtype
    geometry, findings = _measure(draft)
    description = description_of(elements, tags.SERIES_DESCRIPTION) or member.file.name
    scales = (Scale(1.0, 0.0, table.unit),) if table is not None else _scales(draft.frames)
    facts = facts_for_storage(
        member.header,
        image_set=draft.image_set.id,
        rule=draft.image_set.rule,
        instances=[m.facts for m in draft.members],
    )
    header = ImageHeader(
        name=f"{description} (stack {draft.stack})" if draft.stack else description,
        shape=_shape(draft),
        dtype=np.dtype(dtype),
        color=form.color,
        modality=member.facts.modality,
        time_points=draft.time_points,
        geometry=geometry,
        findings=findings,
        scales=scales,
        windows=draft.frames[len(draft.frames) // 2].windows,
        is_inverted=form.photometric == "MONOCHROME1",
        frame_seconds=frame_seconds_of(elements) if draft.time_points > 1 else None,
        files=tuple(m.file.path for m in draft.members),
        facts=facts,
    )
    return DicomSource(header, draft.places, table)


def _scales(frames: Sequence[FrameFacts]) -> tuple[Scale, ...]:
    scales = tuple(frame.scale for frame in frames)
    return scales[:1] if len(set(scales)) == 1 else scales


def _shape(draft: _Draft) -> tuple[int, ...]:
    """(time,) (slices,) rows, columns (, samples); a single frame has a slice axis when it stands in a patient."""
    form = draft.members[0].reader.format
    slices = len(draft.frames) // draft.time_points
    plane = draft.frames[0].plane
    is_placed = plane.position is not None and plane.orientation is not None
    leading: tuple[int, ...] = (draft.time_points,) if draft.time_points > 1 else ()
    if slices > 1 or (not leading and is_placed and draft.image_set.rule != "single"):
        leading += (slices,)
    samples = (3,) if form.color is Color.RGB else ()
    return (*leading, form.rows, form.columns, *samples)


def _measure(draft: _Draft) -> tuple[Geometry, tuple[Finding, ...]]:
    modality = draft.first.text(tags.MODALITY)
    slices = len(draft.frames) // draft.time_points
    planes = [frame.plane for frame in draft.frames[:slices]]
    is_cross_sectional = (
        modality in CROSS_SECTIONAL
        or (modality in CROSS_SECTIONAL_WHEN_MANY and slices > 1)
        or planes[0].position is not None
    )
    geometry, findings = measure_stack(
        planes, is_cross_sectional=is_cross_sectional and draft.image_set.rule != "single"
    )
    return geometry, (*findings, *draft.calibration.findings, *_find_in_headers(draft))


def _find_in_headers(draft: _Draft) -> Iterator[Finding]:
    if not draft.is_complete and draft.frames[0].plane.position is not None:
        yield Finding(
            FindingKind.GAP, "Not all time points have the same slices; the image is shown without a time axis."
        )
    copied = [i for i, member in enumerate(draft.members) if member.copies]
    if copied:
        copies = sum(len(draft.members[i].copies) for i in copied)
        yield Finding(
            FindingKind.DUPLICATE_FILE, f"{copies} of its files came more than once and were used once.", tuple(copied)
        )
    if any(member.header.elements.text(tags.BURNED_IN_ANNOTATION) == "YES" for member in draft.members):
        yield Finding(FindingKind.BURNED_IN_ANNOTATION, "Its header says that text is burned into the pixels.")
    yield from _find_supplemental_colors(draft)
    lossy = [i for i, member in enumerate(draft.members) if _is_lossy(member.header)]
    if lossy:
        ratio = draft.members[lossy[0]].header.elements.decimals(tags.LOSSY_IMAGE_COMPRESSION_RATIO)
        said = f" ({', '.join(f'{value:g}' for value in ratio)} : 1)" if ratio else ""
        every = () if len(lossy) == len(draft.members) else tuple(lossy)
        yield Finding(
            FindingKind.LOSSY_COMPRESSION, f"The pixels were compressed with loss{said} before they came here.", every
        )


def _find_supplemental_colors(draft: _Draft) -> Iterator[Finding]:
    """A palette beside gray pixels colours a part of their values (PS3.3 C.7.6.19)."""
    form = draft.members[0].reader.format
    descriptor = draft.first.numbers(tags.RED_PALETTE_DESCRIPTOR, "h" if form.is_signed else "H")
    if form.color is Color.GRAY and len(descriptor) == 3:
        yield Finding(
            FindingKind.COLORS_NOT_SHOWN,
            f"Stored values from {descriptor[1]:g} on have colours in a palette; they are kept and shown in gray.",
        )


def _is_lossy(header: Header) -> bool:
    return header.elements.text(tags.LOSSY_IMAGE_COMPRESSION) == "01" or header.transfer_syntax in LOSSY_SYNTAXES
