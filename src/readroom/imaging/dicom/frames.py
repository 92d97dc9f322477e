"""What is known of each frame of a file: its plane, its scale, its place in time (PS3.3 C.7.6.16)."""

from __future__ import annotations

from dataclasses import dataclass, field

from readroom.imaging.dicom import tags
from readroom.imaging.dicom.calibration import Calibration, calibrate
from readroom.imaging.dicom.elements import Elements
from readroom.imaging.dicom.headers import Header
from readroom.imaging.dicom.stacking import Plane
from readroom.imaging.dicom.values import read_scale, read_windows
from readroom.imaging.errors import CorruptFile, TooLarge
from readroom.imaging.geometry import Vector, cross, plus, scaled, unit
from readroom.imaging.source import Scale, Window

MOST_FRAMES = 100_000
FRAME_TYPE_SEQUENCES = (0x00189226, 0x00189329, 0x00189751, 0x00189504, 0x00189806, 0x0022001B)
"""MR, CT, PET, X-ray 3D, ultrasound, ophthalmic tomography."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """One frame.

    Parameters
    ----------
    plane : Plane
        Where it stands.
    scale : Scale
        From stored to real values.
    windows : tuple of Window
        As recorded for it.
    stack : str
        Frames of other stacks stand beside, not among, its own.
    time : int
        Temporal position; 0 when none is recorded.
    """

    plane: Plane
    scale: Scale = field(default_factory=Scale)
    windows: tuple[Window, ...] = ()
    stack: str = ""
    time: int = 0


def position_of(elements: Elements) -> Vector | None:
    """Image Position (Patient), or None when it is absent or no point."""
    values = elements.decimals(tags.IMAGE_POSITION_PATIENT)
    return (values[0], values[1], values[2]) if len(values) == 3 else None


def orientation_of(elements: Elements) -> tuple[float, ...] | None:
    """Image Orientation (Patient), or None when it is absent or spans no plane."""
    values = elements.decimals(tags.IMAGE_ORIENTATION_PATIENT)
    if len(values) != 6:
        return None
    try:
        row, column = unit((values[0], values[1], values[2])), unit((values[3], values[4], values[5]))
        unit(cross(row, column))
    except ValueError:
        return None
    return values


def step_of(elements: Elements) -> float | None:
    for tag in (tags.SPACING_BETWEEN_SLICES, tags.SLICE_THICKNESS):
        value = elements.decimal(tag)
        if value:
            return abs(value)
    return None


def read_single_frame(elements: Elements, calibration: Calibration) -> FrameFacts:
    """The one frame of a classic instance."""
    plane = Plane(
        position=position_of(elements),
        orientation=orientation_of(elements),
        spacing=calibration.spacing,
        step=step_of(elements),
    )
    scale = read_scale(elements, modality=elements.text(tags.MODALITY))
    return FrameFacts(plane=plane, scale=scale, windows=read_windows(elements))


def read_frames(header: Header, count: int) -> tuple[list[FrameFacts], Calibration]:
    """Facts of all frames of a multi-frame instance; raises `CorruptFile` when they are fewer than its frames."""
    elements = header.elements
    if count > MOST_FRAMES:
        raise TooLarge(f"It declares {count:,} frames, and {MOST_FRAMES:,} are the most that one image holds.")
    if tags.PER_FRAME_FUNCTIONAL_GROUPS not in elements:
        calibration = calibrate(elements)
        return _read_plain_frames(elements, count, calibration), calibration
    groups = elements.items(tags.PER_FRAME_FUNCTIONAL_GROUPS)
    shared = elements.item(tags.SHARED_FUNCTIONAL_GROUPS)
    if len(groups) < count:
        raise CorruptFile(f"It has {count} frames and describes {len(groups)}; export it again from the original.")
    measures = _macro(tags.PIXEL_MEASURES_SEQUENCE, groups[0], shared)
    calibration = calibrate(measures) if tags.PIXEL_SPACING in measures else calibrate(elements)
    return [_read_frame(elements, group, shared, calibration) for group in groups[:count]], calibration


def _macro(tag: int, group: Elements, shared: Elements) -> Elements:
    return group.item(tag) if tag in group else shared.item(tag)


def _read_frame(elements: Elements, group: Elements, shared: Elements, calibration: Calibration) -> FrameFacts:
    measures = _macro(tags.PIXEL_MEASURES_SEQUENCE, group, shared)
    content = _macro(tags.FRAME_CONTENT_SEQUENCE, group, shared)
    own = calibrate(measures) if tags.PIXEL_SPACING in measures else calibration
    time = content.numbers(tags.TEMPORAL_POSITION_INDEX, "I")
    return FrameFacts(
        plane=Plane(
            position=position_of(_macro(tags.PLANE_POSITION_SEQUENCE, group, shared)),
            orientation=orientation_of(_macro(tags.PLANE_ORIENTATION_SEQUENCE, group, shared)),
            spacing=own.spacing,
            step=step_of(measures),
        ),
        scale=read_scale(elements, modality=elements.text(tags.MODALITY), groups=(group, shared)),
        windows=read_windows(_macro(tags.FRAME_VOI_LUT_SEQUENCE, group, shared)),
        stack=" ".join(filter(None, (content.text(tags.STACK_ID), _frame_type(group, shared)))),
        time=int(time[0]) if time else 0,
    )


def _frame_type(group: Elements, shared: Elements) -> str:
    """What a frame shows (T1, ADC, ...): frames of different types do not stand among each other."""
    for tag in FRAME_TYPE_SEQUENCES:
        kind = _macro(tag, group, shared).texts(tags.FRAME_TYPE)
        if kind:
            return " ".join(part for part in kind[2:] if part not in ("NONE", ""))
    return ""


def _read_plain_frames(elements: Elements, count: int, calibration: Calibration) -> list[FrameFacts]:
    """Frames without functional groups; only a dose grid says where they are."""
    first = read_single_frame(elements, calibration)
    offsets = elements.decimals(tags.GRID_FRAME_OFFSET_VECTOR)
    position, orientation = first.plane.position, first.plane.orientation
    if len(offsets) != count or position is None or orientation is None:
        plane = Plane(spacing=calibration.spacing, step=step_of(elements), orientation=orientation)
        plane = first.plane if count == 1 else plane
        return [FrameFacts(plane=plane, scale=first.scale, windows=first.windows)] * count
    normal = unit(cross(orientation[:3], orientation[3:]))  # type: ignore[arg-type]
    # PS3.3 C.8.8.3.2: offsets begin with 0, or they are coordinates along z themselves.
    start = 0.0 if offsets[0] == 0 else offsets[0]
    planes = [
        Plane(
            position=plus(position, scaled(normal, offset - start)),
            orientation=orientation,
            spacing=calibration.spacing,
            step=first.plane.step,
        )
        for offset in offsets
    ]
    return [FrameFacts(plane=plane, scale=first.scale, windows=first.windows) for plane in planes]
