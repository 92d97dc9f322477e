"""Records of each kind that a server of this API sends. Fields are those of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from readroom.client.records import Record


class LookUpTable(Record):
    """Colours for an overlay."""

    pk: int
    slug: str
    title: str
    color: str
    alpha: str


class WindowPreset(Record):
    """A named window."""

    pk: int
    slug: str
    title: str
    center: int | None
    width: int | None
    lower_percentile: int | None
    upper_percentile: int | None


class Socket(Record):
    """A named, typed slot of a display set; "component interface" on the wire."""

    children: ClassVar[Mapping[str, type[Record]]] = {"look_up_table": LookUpTable}
    pk: int
    slug: str
    title: str
    description: str | None
    kind: str
    super_kind: str
    relative_path: str
    default_value: Any
    overlay_segments: Any
    look_up_table: LookUpTable | None


class SocketValue(Record):
    """What stands in a socket: at most one of value, file and image."""

    children: ClassVar[Mapping[str, type[Record]]] = {"interface": Socket, "socket": Socket}
    pk: int
    interface: Socket
    socket: Socket
    value: Any
    file: str | None
    image: str | None


class HangingProtocol(Record):
    """A layout of viewports."""

    pk: str
    title: str
    json: Any
    svg_icon: str


class DisplaySet(Record):
    """One case as a reader meets it."""

    children: ClassVar[Mapping[str, type[Record]]] = {
        "values": SocketValue,
        "hanging_protocol": HangingProtocol,
        "optional_hanging_protocols": HangingProtocol,
    }
    pk: str
    api_url: str
    title: str
    title_safe: str
    reader_study: str
    order: int | None
    index: int | None
    values: list[SocketValue]
    description: str
    descriptions_map_safe: Any
    view_content: Any
    hanging_protocol: HangingProtocol | None
    optional_hanging_protocols: list[HangingProtocol]


class ArchiveItem(Record):
    """One entry of an archive."""

    children: ClassVar[Mapping[str, type[Record]]] = {"values": SocketValue, "hanging_protocol": HangingProtocol}
    pk: str
    archive: str
    title: str
    values: list[SocketValue]
    hanging_protocol: HangingProtocol | None
    view_content: Any


class Archive(Record):
    """A collection of images outside any study."""

    pk: str
    title: str
    slug: str
    api_url: str
    url: str
    logo: str
    description: str | None


class Question(Record):
    """What a reader is asked of every display set."""

    children: ClassVar[Mapping[str, type[Record]]] = {"interface": Socket, "look_up_table": LookUpTable}
    pk: str
    api_url: str
    reader_study: str
    question_text: str
    question_text_safe: str
    answer_type: str
    options: list[dict[str, Any]]
    required: bool | None
    image_port: str
    widget: str
    interface: Socket | None


class ReaderStudy(Record):
    """Settings, questions, display sets, readers and answers that belong together."""

    children: ClassVar[Mapping[str, type[Record]]] = {"questions": Question}
    pk: str
    slug: str
    title: str
    title_safe: str
    api_url: str
    url: str
    description: str | None
    questions: list[Question]
    is_educational: bool | None
    has_ground_truth: bool


class Answer(Record):
    """What a reader answered to one question of one display set."""

    pk: str
    api_url: str
    answer: Any
    answer_image: str | None
    creator: str
    display_set: str | None
    question: str
    created: str
    modified: str
    score: float | None
    is_ground_truth: bool
    last_edit_duration: str | None
    total_edit_duration: str | None


class ImageFile(Record):
    """One file of an image."""

    pk: str
    image: str | None
    file: str
    image_type: str | None


class Image(Record):
    """Pixels with geometry."""

    children: ClassVar[Mapping[str, type[Record]]] = {"files": ImageFile, "dicom_image_set": Record, "modality": Record}
    pk: str
    api_url: str
    name: str
    files: list[ImageFile]
    dicom_image_set: Record | None
    width: int | None
    height: int | None
    depth: int | None
    shape: list[int]
    voxel_width_mm: float | None
    voxel_height_mm: float | None
    voxel_depth_mm: float | None


class Upload(Record):
    """One file on its way to the server."""

    pk: str
    api_url: str
    filename: str
    key: str
    s3_upload_id: str
    status: str
    presigned_urls: dict[str, str]
    parts: list[dict[str, Any]]


class ImageImport(Record):
    """The job that turns uploads into images; "upload session" on the wire."""

    pk: str
    api_url: str
    status: str
    error_message: str | None
    image_set: list[str]
    uploads: list[str]


class WorkstationSession(Record):
    """A running viewer."""

    pk: str
    status: str


class WorkstationConfig(Record):
    """Settings of the viewer."""

    children: ClassVar[Mapping[str, type[Record]]] = {
        "window_presets": WindowPreset,
        "default_window_preset": WindowPreset,
        "overlay_luts": LookUpTable,
        "default_overlay_lut": LookUpTable,
    }
    pk: str
    slug: str
    title: str


class Algorithm(Record):
    """A program that makes outputs from inputs."""

    pk: str
    slug: str
    title: str
    api_url: str
    interfaces: list[dict[str, Any]]


class AlgorithmImage(Record):
    """One version of an algorithm's program."""

    pk: str
    api_url: str
    algorithm: str
    import_status: str


class AlgorithmJob(Record):
    """One run of an algorithm."""

    children: ClassVar[Mapping[str, type[Record]]] = {"inputs": SocketValue, "outputs": SocketValue}
    pk: str
    api_url: str
    status: str
    inputs: list[SocketValue]
    outputs: list[SocketValue]


class AlgorithmEndpoint(Record):
    """A running algorithm that answers at once."""

    pk: str
    api_url: str
    algorithm: str
    status: str
    remaining_lifetime: str


class AlgorithmInvocation(Record):
    """One call of an endpoint."""

    children: ClassVar[Mapping[str, type[Record]]] = {"inputs": SocketValue, "outputs": SocketValue}
    pk: str
    endpoint: str
    status: str
    error_message: str
    inputs: list[SocketValue]
    outputs: list[SocketValue]
