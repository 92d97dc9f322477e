"""Slides made of several files: found by the names that the first one gives, shown to openslide in a folder of ours.

openslide follows whatever the first file says. It gets to see a copy written from what we understood, in which the
other files have names of ours, so that it can reach no file that was not uploaded with the slide.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readroom.imaging.errors import CorruptFile, MissingCompanion, UnsafePath
from readroom.imaging.formats.bounds import label
from readroom.imaging.formats.openslides import OpenSlideSource
from readroom.imaging.source import Siblings, UploadedFile

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Staging:
    """What openslide gets to see: paths within a folder.

    Parameters
    ----------
    first : str
        The file that it opens.
    texts : mapping
        Files that are written.
    links : mapping
        Files of the upload.
    """

    first: str
    texts: Mapping[str, bytes]
    links: Mapping[str, UploadedFile]


@dataclass(slots=True)
class Parts:
    """The other files of a slide, as they are found.

    Parameters
    ----------
    file : UploadedFile
        The first one, which names them.
    siblings : callable
        Finds them.
    found : list of UploadedFile
        Each once, in the order of the search.
    missing : list of str
        Names of those that were not uploaded.
    """

    file: UploadedFile
    siblings: Siblings
    found: list[UploadedFile] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def find(self, named: str, *, folder: str = "", is_optional: bool = False) -> UploadedFile | None:
        """Find a file, by its plain name where it stands in a ``folder`` (with a slash) of the slide."""
        if folder and set("/\\:") & set(named):
            raise UnsafePath
        try:
            part = self.siblings(folder + named)
        except MissingCompanion:
            if not is_optional:
                self.missing.append(named)
            return None
        if part.path == self.file.path:
            raise CorruptFile(f"{label(self.file)} names itself as one of its parts; export the slide again.")
        if part not in self.found:
            self.found.append(part)
        return part

    def require_all(self) -> None:
        """Raise `MissingCompanion` with the names of what was not uploaded."""
        if not self.missing:
            return
        names = ", ".join(repr(name[:200]) for name in self.missing[:SHOWN])
        more = f" and {len(self.missing) - SHOWN} more" if len(self.missing) > SHOWN else ""
        raise MissingCompanion(
            f"{label(self.file)} is a slide of several files, and {names}{more} were not uploaded; "
            "upload all its files together, or as a zip."
        )


class SlideOfParts(OpenSlideSource):
    """A slide of several files.

    Parameters
    ----------
    file : UploadedFile
        The first one.
    parts : Parts
        The others.
    staging : Staging
        How openslide sees them.
    """

    def __init__(self, file: UploadedFile, parts: Parts, staging: Staging) -> None:
        folder = Path(tempfile.mkdtemp(prefix="readroom-slide-"))
        self._folder = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        for name, content in staging.texts.items():
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        for name, part in staging.links.items():
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            place.symlink_to(part.path.resolve())
        files = (file.path, *(part.path for part in parts.found))
        super().__init__(folder / staging.first, label(file), files=files)
