"""What a script puts into a socket, and what it becomes on the wire."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from readroom.client.models import Socket, SocketValue

PathLike = str | Path


class UnsetType:
    """The type of `Unset`: an argument that was not given, where None is a value."""

    def __repr__(self) -> str:
        return "Unset"

    def __bool__(self) -> bool:
        return False


Unset: Final = UnsetType()
SOURCES = ("value", "file", "files", "existing_image_api_url", "existing_socket_value")


@dataclasses.dataclass(frozen=True)
class SocketValueSpec:
    """A value for one socket, from exactly one source.

    Examples
    --------
    >>> SocketValueSpec(socket_slug="suspicion", value=3).socket_slug
    'suspicion'
    >>> ct = SocketValueSpec(socket_slug="ct-image", files=["1.dcm", "2.dcm"])
    >>> report = SocketValueSpec(socket_slug="report", file="report.pdf")

    Parameters
    ----------
    socket_slug : str
        Which socket.
    value : any
        The value itself, any JSON, None included.
    file : str or Path
        One file: an image, a document, or JSON to read the value from.
    files : list of str or Path
        The files of one image.
    image_name : str, optional
        Name of an image of DICOM instances.
    existing_image_api_url : str
        Address of an image that is on the server already.
    existing_socket_value : SocketValue
        A value of another display set, to use it again.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError
        When there is not exactly one source, or a file is not there.
    """

    socket_slug: str
    value: Any = Unset
    file: PathLike | UnsetType = Unset
    files: Sequence[PathLike] | UnsetType = Unset
    image_name: str | UnsetType = Unset
    existing_image_api_url: str | UnsetType = Unset
    existing_socket_value: SocketValue | UnsetType = Unset

    def __post_init__(self) -> None:
        if not isinstance(self.socket_slug, str):
            raise TypeError(f"socket_slug must be a string, not {type(self.socket_slug).__name__}")
        given = [name for name in SOURCES if getattr(self, name) is not Unset]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"Socket {self.socket_slug!r} needs exactly one of {', '.join(SOURCES)}; given: {found}")
        if isinstance(self.files, str | Path):
            raise TypeError(f"files must be a list; for one file use file={str(self.files)!r}")

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of this value, all of them there."""
        named = [self.file] if not isinstance(self.file, UnsetType) else self.files
        if isinstance(named, UnsetType):
            return ()
        paths = tuple(Path(path).expanduser() for path in named)
        absent = [str(path) for path in paths if not path.is_file()]
        if absent:
            raise FileNotFoundError(f"Socket {self.socket_slug!r}: there is no file {', '.join(absent[:3])}")
        return paths


@dataclasses.dataclass(frozen=True)
class PreparedValue:
    """A checked value: what to upload, and how the request speaks of it."""

    socket: Socket
    uploads: tuple[Path, ...]
    to_request: Callable[[list[str]], dict[str, Any]]
    """From the addresses of the uploads to the request form of the value."""


def request_form(socket: Socket, **sources: Any) -> dict[str, Any]:
    """Request form of a socket value: all keys, null where unused."""
    empty = ("value", "file", "image", "upload_session", "user_upload", "user_uploads", "image_name")
    return {"interface": socket.slug, **dict.fromkeys(empty), **sources}


class Preparer:
    """Checks values against their sockets before anything is written on the server.

    Parameters
    ----------
    find_socket : callable
        Slug -> socket; raises `SocketNotFound`.
    find_image : callable
        Address -> checked address of an image this token may see.
    download_file : callable
        Address of a socket's file, folder -> local copy.
    folder : Path
        Where files that do not exist yet are made.
    deidentify : callable, optional
        DICOM files, folder -> de-identified copies.
    """

    def __init__(
        self,
        *,
        find_socket: Callable[[str], Socket],
        find_image: Callable[[str], str],
        download_file: Callable[[str, Path], Path],
        folder: Path,
        deidentify: Callable[[Sequence[Path], Path], Sequence[Path]] | None = None,
    ) -> None:
        self._find_socket = find_socket
        self._find_image = find_image
        self._download_file = download_file
        self._folder = folder
        self._deidentify = deidentify

    def prepare(self, spec: SocketValueSpec) -> PreparedValue:
        """Check one value; raises ValueError, TypeError, FileNotFoundError or SocketNotFound."""
        socket = self._find_socket(spec.socket_slug)
        kinds = {"image": self._image, "file": self._file, "value": self._value}
        return kinds[str(socket.super_kind).lower()](socket, spec)

    def _image(self, socket: Socket, spec: SocketValueSpec) -> PreparedValue:
        if spec.value is not Unset:
            raise NotImplementedError(f"Socket {socket.slug!r} holds an image; give files or an existing image")
        if paths := spec.paths:
            name = None if isinstance(spec.image_name, UnsetType) else spec.image_name
            if self._deidentify:
                paths = tuple(self._deidentify(paths, self._fresh_folder()))
            return PreparedValue(socket, paths, lambda urls: request_form(socket, user_uploads=urls, image_name=name))
        existing = spec.existing_socket_value
        image = (
            same_socket(socket, existing).image if isinstance(existing, SocketValue) else spec.existing_image_api_url
        )
        address = self._find_image(str(image))
        return PreparedValue(socket, (), lambda _: request_form(socket, image=address))

    def _file(self, socket: Socket, spec: SocketValueSpec) -> PreparedValue:
        if spec.existing_image_api_url is not Unset:
            raise NotImplementedError(f"Socket {socket.slug!r} holds a file, not an image")
        if isinstance(spec.existing_socket_value, SocketValue):
            source = same_socket(socket, spec.existing_socket_value).file
            paths: tuple[Path, ...] = (self._download_file(str(source), self._fresh_folder()),)
        elif spec.value is not Unset:
            path = self._fresh_folder() / (PurePosixPath(socket.relative_path or "").name or f"{socket.slug}.json")
            path.write_text(to_json(socket, spec.value), encoding="utf-8")
            paths = (path,)
        else:
            paths = spec.paths
        if len(paths) != 1:
            raise ValueError(f"Socket {socket.slug!r} holds one file; {len(paths)} were given")
        return PreparedValue(socket, paths, lambda urls: request_form(socket, user_upload=urls[0]))

    def _value(self, socket: Socket, spec: SocketValueSpec) -> PreparedValue:
        if spec.existing_image_api_url is not Unset:
            raise NotImplementedError(f"Socket {socket.slug!r} holds a value, not an image")
        if isinstance(spec.existing_socket_value, SocketValue):
            value = same_socket(socket, spec.existing_socket_value).value
        elif spec.value is not Unset:
            value = json.loads(to_json(socket, spec.value))
        else:
            value = value_of_file(socket, spec.paths)
        return PreparedValue(socket, (), lambda _: request_form(socket, value=value))

    def _fresh_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder))


def same_socket(socket: Socket, value: SocketValue) -> SocketValue:
    if value.interface.pk != socket.pk:
        raise ValueError(f"The value belongs to socket {value.interface.slug!r}, not to {socket.slug!r}")
    return value


def to_json(socket: Socket, value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The value for socket {socket.slug!r} cannot be written as JSON: {error}") from error


def value_of_file(socket: Socket, paths: Sequence[Path]) -> Any:
    if len(paths) != 1:
        raise ValueError(f"Socket {socket.slug!r} reads its value from one JSON file; {len(paths)} were given")
    try:
        return json.loads(paths[0].read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{paths[0]} is not JSON ({error}); socket {socket.slug!r} needs a JSON value") from error


def spec_from_source(slug: str, source: Any) -> SocketValueSpec:
    """Understand the source of a value as scripts of earlier clients gave it.

    Examples
    --------
    >>> spec_from_source("suspicion", 3).value
    3
    >>> spec_from_source("ct-image", "https://localhost/api/v1/cases/images/1/").existing_image_api_url
    'https://localhost/api/v1/cases/images/1/'

    Parameters
    ----------
    slug : str
        Which socket.
    source : any
        A path, a list of paths, an address of an image, a record of an image or of a socket value, or the value.
    """
    if isinstance(source, SocketValueSpec):
        return source
    if isinstance(source, SocketValue):
        return SocketValueSpec(socket_slug=slug, existing_socket_value=source)
    address = image_address(source)
    if address:
        return SocketValueSpec(socket_slug=slug, existing_image_api_url=address)
    if isinstance(source, Path) or (isinstance(source, str) and is_existing_file(source)):
        return SocketValueSpec(socket_slug=slug, file=source)
    if (
        isinstance(source, list | tuple)
        and source
        and all(isinstance(item, Path) or is_existing_file(item) for item in source)
    ):
        return SocketValueSpec(socket_slug=slug, files=[Path(item) for item in source])
    return SocketValueSpec(socket_slug=slug, value=source)


def image_address(source: Any) -> str:
    """Address of an image, when the source is one or a record of one."""
    if isinstance(source, Mapping) or hasattr(source, "to_dict"):
        fields = source if isinstance(source, Mapping) else source.to_dict()
        source = fields.get("api_url", "")
    if isinstance(source, str) and source.startswith(("http://", "https://")) and "/cases/images/" in source:
        return source
    return ""


def is_existing_file(source: Any) -> bool:
    try:
        return isinstance(source, str | Path) and Path(source).expanduser().is_file()
    except (OSError, ValueError):
        return False
