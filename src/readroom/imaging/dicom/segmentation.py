"""Segmentations (PS3.3 C.8.20): read as label volumes, and written from them."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.facts import description_of, facts_for_storage
from readroom.imaging.dicom.frames import FrameFacts, read_frames
from readroom.imaging.dicom.image_sets import ImageSet, InstanceFacts, distance_along_normal, rank_places
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.dicom.sources import Member
from readroom.imaging.dicom.stacking import Plane, measure_stack
from readroom.imaging.errors import CorruptFile, TooLarge, UnsupportedContent
from readroom.imaging.geometry import plus, scaled
from readroom.imaging.source import Frame, ImageHeader, Scale

MOST_EMPTY_SLICES = 10_000


@dataclass(frozen=True, slots=True)
class Segment:
    """One thing that is marked.

    Parameters
    ----------
    number : int
        Its value in the label volume.
    label : str
        What a person calls it.
    category, kind : tuple of 3 str
        Codes for it: value, scheme, meaning. By default an anatomical structure, tissue.
    """

    number: int
    label: str
    category: tuple[str, str, str] = ("123037004", "SCT", "Anatomical Structure")
    kind: tuple[str, str, str] = ("85756007", "SCT", "Tissue")


@dataclass(frozen=True, slots=True)
class LabelSource:
    """A segmentation as an image: one label for each voxel, 0 where nothing is marked.

    Slices between those that are stored are empty: a segmentation leaves out what it does not mark.
    """

    header: ImageHeader
    reader: FrameReader
    slices: Sequence[Sequence[tuple[int, int]]]
    """For each slice the (segment number, frame) that are painted on it, in this order."""

    def frame(self, index: int) -> Frame:
        """Labels of one slice."""
        painted = np.zeros(self.header.frame_shape, self.header.dtype)
        for segment, frame in self.slices[index]:
            values = self.reader.stored(frame)
            if segment:
                painted[values > 0] = segment
            else:
                painted = values.astype(painted.dtype, copy=False)
        return painted


def open_segmentation(image_set: ImageSet, member: Member) -> list[LabelSource]:
    """Label volumes of a segmentation: one, or as many as are needed for segments that overlap.

    A fractional segmentation gives one image for each segment, of probabilities as stored, with the scale that makes
    them 0 to 1. Raises `UnsupportedContent` for segmentations of slides.
    """
    elements = member.header.elements
    facts, _ = read_frames(member.header, member.reader.count)
    if any(frame.plane.position is None or frame.plane.orientation is None for frame in facts):
        raise UnsupportedContent("A segmentation of a slide is not read; upload its label image as a tiled TIFF.")
    slices = _slice_of_frames(facts)
    segments = _segment_of_frames(elements, member.reader.count)
    grid = _Grid(facts, slices)
    images = []
    for numbers in _layers(elements, member.reader, slices, segments):
        painted: list[list[tuple[int, int]]] = [[] for _ in range(grid.count)]
        for frame in sorted(range(len(facts)), key=lambda i: (segments[i], i)):
            if segments[frame] in numbers:
                painted[slices[frame]].append((0 if _is_direct(elements) else segments[frame], frame))
        header = _header(image_set, member, grid, numbers)
        images.append(LabelSource(header, member.reader, painted))
    return images


def read_segments(elements: Elements) -> dict[int, str]:
    """Names of the segments by number."""
    named: dict[int, str] = {}
    for item in elements.items(tags.SEGMENT_SEQUENCE):
        item.values.setdefault(tags.SPECIFIC_CHARACTER_SET, elements.values.get(tags.SPECIFIC_CHARACTER_SET, b""))
        named[item.short(tags.SEGMENT_NUMBER) or 0] = description_of(item, tags.SEGMENT_LABEL)
    return named


def _is_direct(elements: Elements) -> bool:
    """Stored values are the result: probabilities, or labels already."""
    return elements.text(tags.SEGMENTATION_TYPE) in ("FRACTIONAL", "LABELMAP")


def _slice_of_frames(facts: Sequence[FrameFacts]) -> list[int]:
    """Slice on which each frame is painted, counting the empty ones that are left out."""
    distances = [_distance(frame.plane) for frame in facts]
    places = rank_places(distances)
    at = dict(zip(places, distances, strict=True))
    steps = [at[b] - at[a] for a, b in pairwise(sorted(at))]
    if not steps:
        return places
    recorded = facts[0].plane.step
    base = recorded if recorded and all(_is_multiple(step, recorded) for step in steps) else min(steps)
    if not all(_is_multiple(step, base) for step in steps):
        return places
    numbers = {place: round((at[place] - at[0]) / base) for place in at}
    if numbers[max(at)] > MOST_EMPTY_SLICES:
        raise TooLarge(f"The segmentation spans {numbers[max(at)]:,} slices.")
    return [numbers[place] for place in places]


def _is_multiple(step: float, base: float) -> bool:
    return step >= 0.99 * base and abs(step / base - round(step / base)) < 0.05


def _distance(plane: Plane) -> float:
    return distance_along_normal(
        InstanceFacts(sop_instance="", series="", position=plane.position, orientation=plane.orientation)
    )


def _segment_of_frames(elements: Elements, count: int) -> list[int]:
    if elements.text(tags.SEGMENTATION_TYPE) == "LABELMAP":
        return [0] * count
    shared = elements.item(tags.SHARED_FUNCTIONAL_GROUPS)
    numbers = []
    for group in elements.items(tags.PER_FRAME_FUNCTIONAL_GROUPS)[:count]:
        source = group if tags.SEGMENT_IDENTIFICATION_SEQUENCE in group else shared
        number = source.item(tags.SEGMENT_IDENTIFICATION_SEQUENCE).short(tags.REFERENCED_SEGMENT_NUMBER)
        if not number:
            raise CorruptFile("A frame of the segmentation does not say which segment it shows.")
        numbers.append(number)
    return numbers


def _layers(
    elements: Elements, reader: FrameReader, slices: Sequence[int], segments: Sequence[int]
) -> list[frozenset[int]]:
    """Segments that share a label volume: as few volumes as keep overlapping segments apart."""
    every = sorted(set(segments))
    if elements.text(tags.SEGMENTATION_TYPE) == "FRACTIONAL":
        return [frozenset((segment,)) for segment in every]
    clashes = _find_overlaps(reader, slices, segments) if len(every) > 1 else set()
    layers: list[set[int]] = []
    for segment in every:
        free = (layer for layer in layers if not any((other, segment) in clashes for other in layer))
        layer = next(free, None)
        if layer is None:
            layers.append({segment})
        else:
            layer.add(segment)
    return [frozenset(layer) for layer in layers]


def _find_overlaps(reader: FrameReader, slices: Sequence[int], segments: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of segments (smaller number first) that mark a voxel in common."""
    on_slice: dict[int, list[int]] = defaultdict(list)
    for frame, number in enumerate(slices):
        on_slice[number].append(frame)
    found: set[tuple[int, int]] = set()
    for frames in on_slice.values():
        if len(frames) < 2:
            continue
        owner = np.zeros((reader.format.rows, reader.format.columns), np.uint16)
        for frame in sorted(frames, key=lambda i: segments[i]):
            marked = reader.stored(frame) > 0
            found.update((int(other), segments[frame]) for other in np.unique(owner[marked]) if other)
            owner[marked & (owner == 0)] = segments[frame]
    return found


class _Grid:
    """The slices of a segmentation, with those that it leaves out."""

    def __init__(self, facts: Sequence[FrameFacts], slices: Sequence[int]) -> None:
        self.count = max(slices) + 1
        planes: dict[int, Plane] = {}
        for frame, number in zip(facts, slices, strict=True):
            planes.setdefault(number, frame.plane)
        first, last = planes[0], planes[self.count - 1]
        assert first.position is not None
        assert last.position is not None
        if self.count > 1:
            path = plus(last.position, scaled(first.position, -1))
            step = scaled(path, 1 / (self.count - 1))
            for number in range(self.count):
                planes.setdefault(number, replace(first, position=plus(first.position, scaled(step, number))))
        self.planes = [planes[number] for number in range(self.count)]


def _header(image_set: ImageSet, member: Member, grid: _Grid, numbers: Iterable[int]) -> ImageHeader:
    elements, form = member.header.elements, member.reader.format
    geometry, findings = measure_stack(grid.planes, is_cross_sectional=True)
    names = read_segments(elements)
    kept = {number: names.get(number, f"segment {number}") for number in sorted(numbers) if number} or names
    is_fraction = elements.text(tags.SEGMENTATION_TYPE) == "FRACTIONAL"
    largest = max(names, default=1) if not is_fraction else 1
    name = description_of(elements, tags.SERIES_DESCRIPTION) or member.file.name
    return ImageHeader(
        name=name if len(kept) != 1 else f"{name}: {next(iter(kept.values()))}",
        shape=(grid.count, form.rows, form.columns),
        dtype=form.stored_dtype if _is_direct(elements) else np.dtype(np.uint8 if largest < 256 else np.uint16),
        modality=member.facts.modality or "SEG",
        geometry=geometry,
        findings=findings,
        scales=(Scale(1 / (elements.short(tags.MAXIMUM_FRACTIONAL_VALUE) or 255)),) if is_fraction else (Scale(),),
        files=(member.file.path,),
        facts=_facts(image_set, member, kept),
    )


def _facts(image_set: ImageSet, member: Member, segments: Mapping[int, str]) -> Mapping[str, Any]:
    stored = facts_for_storage(member.header, image_set=image_set.id, rule=image_set.rule, instances=[member.facts])
    return MappingProxyType(dict(stored) | {"Segments": {str(number): label for number, label in segments.items()}})


def write_segmentation(
    labels: NDArray[Any], *, source: Sequence[Path], segments: Sequence[Segment], description: str = "Segmentation"
) -> bytes:
    """A DICOM segmentation of a label volume.

    >>> content = write_segmentation(labels, source=image.header.files, segments=[Segment(1, "nodule")])
    ... # doctest: +SKIP

    Parameters
    ----------
    labels : array of unsigned integers, (slices, rows, columns)
        0 where nothing is marked.
    source : sequence of Path
        DICOM files that were marked: one for each slice, in the order of the slices, or one multi-frame file.
    segments : sequence of Segment
        What the labels mean; all labels that occur are among them. DICOM counts segments 1, 2, 3 ...: the n-th of these
        gets the number n.
    description : str
        Series description.

    Returns
    -------
    bytes
        A DICOM file. Patient, study and frame of reference are those of the source.

    Raises
    ------
    ValueError
        When a label has no segment, or the slices are not as many as the source has.
    """
    import highdicom
    import pydicom

    unknown = set(np.unique(labels).tolist()) - {0} - {segment.number for segment in segments}
    if unknown:
        raise ValueError(f"the labels {sorted(unknown)} occur and have no segment")
    with warnings.catch_warnings(action="ignore"):
        datasets = [pydicom.dcmread(path) for path in source]
        slices = int(datasets[0].get("NumberOfFrames", 1)) if len(datasets) == 1 else len(datasets)
        if labels.shape[0] != slices:
            raise ValueError(f"{labels.shape[0]} slices of labels do not fit a source of {slices}")
        stored = highdicom.seg.Segmentation(
            source_images=datasets,
            pixel_array=_one_plane_per_segment(labels, segments),
            segmentation_type="BINARY",
            segment_descriptions=[_describe(number, segment) for number, segment in enumerate(segments, 1)],
            series_instance_uid=highdicom.UID(),
            series_number=int(datasets[0].get("SeriesNumber") or 0) + 1000,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer="readroom",
            manufacturer_model_name="readroom",
            software_versions="1",
            device_serial_number="0",
            series_description=description,
        )
        content = BytesIO()
        stored.save_as(content)
    return content.getvalue()


def _one_plane_per_segment(labels: NDArray[Any], segments: Sequence[Segment]) -> NDArray[np.uint8]:
    return np.stack([labels == segment.number for segment in segments], axis=-1).astype(np.uint8)


def _describe(number: int, segment: Segment) -> Any:  # noqa: ANN401 - highdicom has no types
    import highdicom
    from highdicom.sr import CodedConcept

    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.label,
        segmented_property_category=CodedConcept(*segment.category),
        segmented_property_type=CodedConcept(*segment.kind),
        algorithm_type="MANUAL",
    )


__all__ = ["LabelSource", "Segment", "open_segmentation", "read_segments", "write_segmentation"]
