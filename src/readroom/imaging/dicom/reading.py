"""From any mix of DICOM files to images and one outcome per file."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from readroom.imaging.dicom.facts import read_facts
from readroom.imaging.dicom.headers import Header, looks_like_dicom, read_header
from readroom.imaging.dicom.image_sets import ImageSet, InstanceFacts, build
from readroom.imaging.dicom.kinds import SENTENCES, Kind
from readroom.imaging.dicom.pixels import FrameReader
from readroom.imaging.dicom.segmentation import open_segmentation
from readroom.imaging.dicom.slides import open_pyramid
from readroom.imaging.dicom.sources import Member, make_images
from readroom.imaging.errors import RefusedFile
from readroom.imaging.source import ImageSource, SlideSource, UploadedFile

Outcome = Literal["used", "ignored", "refused"]
OTHER_PLANE = "Another instance of this resolution is shown; further focal planes and optical paths are not."
PICTURED = frozenset((Kind.IMAGE, Kind.SLIDE, Kind.SEGMENTATION))


@dataclass(frozen=True, slots=True)
class FileOutcomeDraft:
    """What became of one file.

    Parameters
    ----------
    outcome : {'used', 'ignored', 'refused'}
        Ignored files are valid and no image (a report, an index); refused ones were meant to be images.
    reason : str
        One sentence for a person; empty when the file was used and there is nothing to say.
    images : tuple of int
        Places in `DicomReading.images` of the images that the file belongs to.
    error : str
        Name of the error class that refused it.
    """

    outcome: Outcome
    reason: str = ""
    images: tuple[int, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class DicomReading:
    """The images that a collection of DICOM files holds, and what became of each file."""

    images: tuple[ImageSource | SlideSource, ...] = ()
    outcomes: Mapping[Path, FileOutcomeDraft] = field(default_factory=lambda: MappingProxyType({}))


def is_dicom(file: UploadedFile) -> bool:
    """Tell from the first bytes whether `read_dicom` should see the file (also one without the magic word)."""
    return looks_like_dicom(file.head)


def read_dicom(files: Sequence[UploadedFile]) -> DicomReading:
    """Sort DICOM files into images.

    >>> reading = read_dicom(files)  # doctest: +SKIP
    >>> [image.header.shape for image in reading.images]  # doctest: +SKIP
    [(120, 512, 512)]

    Parameters
    ----------
    files : sequence of UploadedFile
        Any DICOM files, of any number of patients and series, in any order. Nothing else: see `is_dicom`.

    Returns
    -------
    DicomReading
        Images that decode frame by frame on demand, in an order that does not depend on the order of ``files``; and
        exactly one outcome for each of ``files``, by its path. No exception is raised for a bad file: it gets the
        outcome ``refused``. Only damage inside compressed pixels shows later, as `RefusedFile` from
        ``image.frame(i)``; the file is then ``header.files[i]`` where one file is one frame, else
        ``header.files[0]``, and reading again without it gives the rest.
    """
    return _Reader().read(files)


class _Reader:
    def __init__(self) -> None:
        self.outcomes: dict[Path, FileOutcomeDraft] = {}
        self.images: list[ImageSource | SlideSource] = []

    def read(self, files: Sequence[UploadedFile]) -> DicomReading:
        members = [member for member in map(self._open, files) if member is not None]
        members = self._settle_identities(members)
        by_key = {member.facts.key: member for member in members}
        sets = build(member.facts for member in members)
        for image_set in sorted(sets.values(), key=_display_order):
            self._make(image_set, [by_key[facts.key] for facts in image_set.instances])
        return DicomReading(tuple(self.images), MappingProxyType(self.outcomes))

    def _open(self, file: UploadedFile) -> Member | None:
        try:
            header = read_header(file.path)
            facts = read_facts(header)
            if facts.kind not in PICTURED:
                self.outcomes[file.path] = FileOutcomeDraft("ignored", SENTENCES[facts.kind])
                return None
            return Member(file, header, FrameReader(header), facts)
        except RefusedFile as refusal:
            self.outcomes[file.path] = FileOutcomeDraft("refused", refusal.reason, error=type(refusal).__name__)
        except OSError:
            self.outcomes[file.path] = FileOutcomeDraft(
                "refused", "The file cannot be opened; upload it again.", error="UnsupportedContent"
            )
        return None

    def _settle_identities(self, members: list[Member]) -> list[Member]:
        """Copies of an instance become one; different instances under one UID are told apart by their content."""
        by_uid: dict[str, list[Member]] = defaultdict(list)
        for member in sorted(members, key=lambda member: (member.file.name, member.file.path)):
            by_uid[member.facts.sop_instance].append(member)
        settled: list[Member] = []
        for uid, clashing in by_uid.items():
            if len(clashing) == 1 and uid:
                settled += clashing
                continue
            by_content: dict[str, Member] = {}
            for member in clashing:
                known = by_content.setdefault(_hash_content(member.header), member)
                if known is not member:
                    known.copies.append(member.file)
            is_clash = len(by_content) > 1 or not uid
            for content, member in by_content.items():
                member.facts = replace(member.facts, content=content if is_clash else "")
            settled += by_content.values()
        return settled

    def _make(self, image_set: ImageSet, members: list[Member]) -> None:
        first = len(self.images)
        used: Sequence[Member] = members
        try:
            if image_set.kind is Kind.SEGMENTATION:
                used = members[:1]
                self._set_aside(members[1:], "A newer revision of this segmentation is in the same series.")
                self.images += open_segmentation(image_set, members[0])
            elif image_set.kind is Kind.SLIDE:
                images, used = open_pyramid(image_set, members)
                self._set_aside([member for member in members if all(member is not one for one in used)], OTHER_PLANE)
                self.images += images
            else:
                self.images += make_images(image_set, members)
        except RefusedFile as refusal:
            del self.images[first:]
            for member in used:
                self._note(member, FileOutcomeDraft("refused", refusal.reason, error=type(refusal).__name__))
            return
        for member in used:
            self._note(member, FileOutcomeDraft("used", "", tuple(range(first, len(self.images)))))

    def _set_aside(self, members: list[Member], why: str) -> None:
        for member in members:
            self._note(member, FileOutcomeDraft("ignored", why))

    def _note(self, member: Member, outcome: FileOutcomeDraft) -> None:
        self.outcomes[member.file.path] = outcome
        for copy in member.copies:
            said = f"It is a copy of {member.file.name}, which was used once." if outcome.outcome == "used" else ""
            self.outcomes[copy.path] = replace(outcome, reason=said or outcome.reason)


def _hash_content(header: Header) -> str:
    with header.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _display_order(image_set: ImageSet) -> tuple[str, str, int, str]:
    facts: InstanceFacts = image_set.current
    return image_set.study, image_set.series, min(f.number or 0 for f in image_set.instances), facts.sop_instance


__all__ = ["DicomReading", "FileOutcomeDraft", "Outcome", "is_dicom", "read_dicom"]
