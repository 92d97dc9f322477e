"""De-identification of DICOM objects: PS3.15 Annex E, the basic profile with options, and a report.

>>> deidentifier = Deidentifier(options={Option.SHIFT_DATES, Option.RETAIN_PATIENT}, secret="...")  # doctest: +SKIP
>>> dataset, report = deidentifier.deidentify("slice.dcm")  # doctest: +SKIP
>>> print(report.summary())  # doctest: +SKIP
41 kept, 0 cleaned, 9 emptied, 6 replaced, 22 removed
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from pydicom import dcmread
from pydicom.datadict import dictionary_has_tag, keyword_for_tag, repeater_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from readroom.imaging.dicom.deidentify_report import (
    BASIC_PROFILE,
    CODES,
    Action,
    Change,
    Option,
    Report,
    all_of,
    warnings_about,
)
from readroom.imaging.dicom.deidentify_table import BASIC, BIRTH, DESCRIPTORS, DEVICE, INSTITUTION, PATIENT
from readroom.imaging.dicom.deidentify_values import REGISTERED, Pseudonyms, cap_age, dummy_of, shift_date
from readroom.imaging.errors import CorruptFile

__all__ = ["Action", "Change", "CorruptFile", "Deidentifier", "Option", "Report", "deidentify"]

CURVES, OVERLAYS = 0x5000, 0x6000
OVERLAY_DATA, OVERLAY_COMMENTS = 0x3000, 0x4000
PATIENT_NAME, PATIENT_ID = 0x00100010, 0x00100020
HARMLESS = "not identifying"
FREE_TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN"})
SEARCHED = FREE_TEXT | {"AE", "CS", "UR"}
DATES = frozenset({"DA", "DT"})
TIMES = frozenset({"DA", "TM", "DT"})
TIMEZONE = 0x00080201
IDENTIFYING = frozenset(
    [0x00080050, 0x00100020, 0x00100030, 0x00101000, 0x00101040, 0x00102154, 0x00200010, 0x00380010, 0x00401001]
)
"""Accession number, patient and study IDs, birth date, address, telephone: their values are searched everywhere."""
LONG_NUMBER = re.compile(r"\d[\d.\-/]{4,}\d")


def deidentify(
    dataset: Dataset | str | PathLike[str],
    *,
    options: Iterable[Option | str] = (),
    secret: str | bytes | None = None,
) -> tuple[Dataset, Report]:
    """De-identify one object.

    >>> dataset, report = deidentify("slice.dcm", options=[Option.SHIFT_DATES], secret="...")  # doctest: +SKIP

    Parameters
    ----------
    dataset : Dataset or path-like
        The object, which stays as it is.
    options : iterable of Option
        What to keep or clean beside the basic profile.
    secret : str or bytes, optional
        The same secret gives the same UIDs and pseudonyms in another call.

    Returns
    -------
    Dataset, Report
        A new object, and what was done without any value.

    Raises
    ------
    CorruptFile
        The file is not DICOM.
    """
    return Deidentifier(options=options, secret=secret).deidentify(dataset)


class Deidentifier:
    """De-identifies objects that belong together: UIDs, pseudonyms and the shift of dates stay consistent.

    Parameters
    ----------
    options : iterable of Option
        What to keep or clean beside the basic profile.
    secret : str or bytes, optional
        The same secret gives the same replacements in another run; keep it as safe as the originals.
    """

    def __init__(self, *, options: Iterable[Option | str] = (), secret: str | bytes | None = None) -> None:
        chosen = {Option(option) for option in options}
        self.options = tuple(option for option in Option if option in chosen)
        if {Option.RETAIN_DATES, Option.SHIFT_DATES} <= chosen:
            message = "dates can be retained or shifted, not both; choose one of the two options"
            raise ValueError(message)
        self._pseudonyms = Pseudonyms(secret)

    def deidentify(self, dataset: Dataset | str | PathLike[str]) -> tuple[Dataset, Report]:
        """De-identify one object; see `deidentify`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's warnings quote the values that they are about
            return self._deidentify(copy.deepcopy(dataset) if isinstance(dataset, Dataset) else _read(dataset))

    def _deidentify(self, result: Dataset) -> tuple[Dataset, Report]:
        warned = warnings_about(result)
        work = _Work(self.options, self._pseudonyms, result)
        work.clean_dataset(result, "", is_strict=False)
        self._sign(result)
        self._clean_file(result, work)
        return result, Report(self.options, tuple(work.changes), warned)

    def _sign(self, dataset: Dataset) -> None:
        """Write that and how identity was removed (PS3.15 E.1.1)."""
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = "readroom: PS3.15 Annex E 2026c"
        codes = [BASIC_PROFILE, *(CODES[option] for option in self.options)]
        dataset.DeidentificationMethodCodeSequence = Sequence([_code(value, meaning) for value, meaning in codes])
        states = {Option.RETAIN_DATES: "UNMODIFIED", Option.SHIFT_DATES: "MODIFIED"}
        kept = [states[option] for option in self.options if option in states]
        dataset.LongitudinalTemporalInformationModified = kept[0] if kept else "REMOVED"

    def _clean_file(self, dataset: Dataset, work: _Work) -> None:
        """Make new file meta information: the old one names machines and the object."""
        old = getattr(dataset, "file_meta", None) or FileMetaDataset()
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = old.get("TransferSyntaxUID", ExplicitVRLittleEndian)
        if "SOPClassUID" in dataset:
            meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        if "SOPInstanceUID" in dataset:
            meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        work.note_file_meta(old)
        dataset.file_meta = meta
        if isinstance(dataset, FileDataset):
            dataset.preamble = b"\0" * 128
            dataset.filename = None


def _read(path: str | PathLike[str]) -> Dataset:
    try:
        return dcmread(path)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise CorruptFile("The file is no DICOM file that can be read, so nothing was taken out of it.") from error


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


class _Work:
    """The walk through one object."""

    def __init__(self, options: tuple[Option, ...], pseudonyms: Pseudonyms, source: Dataset) -> None:
        self.options, self.pseudonyms = frozenset(options), pseudonyms
        self.changes: list[Change] = []
        self.person = str(source.get("PatientID", "")).strip() or str(source.get("PatientName", "")).strip()
        self.days = pseudonyms.days(self.person)
        words = _identifying_words(source, has_institution=Option.RETAIN_INSTITUTION not in options)
        self.words = _pattern_of(words)
        self.numbered_words = _pattern_of({word for word in words if any(letter.isdigit() for letter in word)})

    def clean_dataset(self, dataset: Dataset, path: str, *, is_strict: bool) -> None:
        """Apply the table to a dataset and its sequences; strict ones keep no text at all."""
        for tag in list(dataset.keys()):
            name = path + (keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
            element = None if tag.is_private else _readable(dataset, tag)
            if element is None:
                action, why = Action.REMOVED, "private" if tag.is_private else "unreadable"
            else:
                action, why = self.clean_element(element, name, is_strict=is_strict)
            if action is Action.REMOVED:
                del dataset[tag]
            if element is None or action is not Action.KEPT or why != HARMLESS or element.VR in FREE_TEXT:
                self.changes.append(Change(name, action, why))

    def clean_element(self, element: DataElement, name: str, *, is_strict: bool) -> tuple[Action, str]:
        """Decide about one element: what is never kept, what an option keeps, what the table says, the rest."""
        if why := _unwanted(element):
            return Action.REMOVED, why
        option = self.option_for(element)
        if option is not None:
            return self.keep_by_option(element, option, name)
        if element.VR == "UI":
            return self.replace_uids(element)
        rule = BASIC.get(int(element.tag))
        if rule is not None:
            return self.apply(element, rule, name)
        return self.clean_unlisted(element, name, is_strict=is_strict)

    def clean_unlisted(self, element: DataElement, name: str, *, is_strict: bool) -> tuple[Action, str]:
        """Clean what the table does not name: items, dates, texts of structures, and identifying words anywhere."""
        if element.VR == "SQ":
            self.clean_items(element, name, is_strict=is_strict)
            return Action.KEPT, HARMLESS
        if element.VR in TIMES and not element.is_empty:
            element.value = None
            return Action.EMPTIED, "date or time"
        if is_strict and element.VR in FREE_TEXT and not element.is_empty:
            element.value = dummy_of(element.VR)
            return Action.REPLACED, "text of a structure"
        return self.search(element)

    def option_for(self, element: DataElement) -> Option | None:
        """Find the option that keeps or cleans this element."""
        tag = int(element.tag)
        is_time = tag == TIMEZONE or (element.VR in TIMES and tag not in BIRTH)
        wanted: list[tuple[Option, bool]] = [
            (Option.RETAIN_UIDS, element.VR == "UI"),
            (Option.RETAIN_DEVICE, tag in DEVICE),
            (Option.RETAIN_INSTITUTION, tag in INSTITUTION),
            (Option.RETAIN_PATIENT, tag in PATIENT),
            (Option.RETAIN_DATES, is_time),
            (Option.SHIFT_DATES, is_time),
            (Option.CLEAN_DESCRIPTORS, tag in DESCRIPTORS and element.VR != "SQ"),
        ]
        return next((option for option, does in wanted if does and option in self.options), None)

    def keep_by_option(self, element: DataElement, option: Option, name: str) -> tuple[Action, str]:
        if element.VR == "SQ":
            self.clean_items(element, name, is_strict=False)
            return Action.KEPT, option
        if option is Option.SHIFT_DATES and element.VR in DATES:
            _change(element, lambda value: shift_date(value, self.days))
            return Action.REPLACED, option
        if option is Option.RETAIN_PATIENT and element.VR == "AS":
            _change(element, cap_age)
        if option in (Option.CLEAN_DESCRIPTORS, Option.RETAIN_PATIENT) and element.VR in FREE_TEXT:
            before = element.value
            _change(element, lambda value: LONG_NUMBER.sub("", self.words.sub("", value)).strip())
            return (Action.KEPT if element.value == before else Action.CLEANED), option
        return self.search(element)[0], option

    def apply(self, element: DataElement, rule: str, name: str) -> tuple[Action, str]:
        """Do what the basic profile says; of several choices the one that every kind of object allows."""
        tag = int(element.tag)
        if tag in (PATIENT_NAME, PATIENT_ID) and self.person:
            element.value = self.pseudonyms.person(self.person)
            return Action.REPLACED, rule
        if rule == "X":
            return Action.REMOVED, rule
        if rule.endswith("Z"):
            element.value = Sequence([]) if element.VR == "SQ" else None
            return Action.EMPTIED, rule
        if element.VR == "SQ":
            self.clean_items(element, name, is_strict=rule.endswith("D"))
            return Action.REPLACED, rule
        element.value = dummy_of(element.VR)
        return Action.REPLACED, rule

    def clean_items(self, element: DataElement, name: str, *, is_strict: bool) -> None:
        for number, item in enumerate(element.value or []):
            self.clean_dataset(item, f"{name}[{number}].", is_strict=is_strict)

    def replace_uids(self, element: DataElement) -> tuple[Action, str]:
        """Replace every UID that the standard does not register itself."""
        uids = [str(value) for value in all_of(element.value) if value]
        new = [uid if uid.startswith(REGISTERED) else self.pseudonyms.uid(uid) for uid in uids]
        if new == uids:
            return Action.KEPT, HARMLESS
        element.value = new if len(new) > 1 else new[0]
        return Action.REPLACED, "U"

    def search(self, element: DataElement) -> tuple[Action, str]:
        """Take identifying words out of an element that the table does not name."""
        if element.VR not in SEARCHED or element.is_empty:
            return Action.KEPT, HARMLESS
        words = self.words if element.VR in FREE_TEXT else self.numbered_words
        if words.search(str(element.value)) is None:
            return Action.KEPT, HARMLESS
        _change(element, lambda value: words.sub("", value).strip())
        return Action.CLEANED, "identifier found"

    def note_file_meta(self, meta: FileMetaDataset) -> None:
        kept = {"TransferSyntaxUID", "MediaStorageSOPClassUID", "FileMetaInformationGroupLength"}
        for element in meta:
            if element.keyword == "MediaStorageSOPInstanceUID":
                self.changes.append(Change(element.keyword, Action.REPLACED, "U"))
            elif element.keyword not in kept:
                self.changes.append(Change(element.keyword or str(element.tag), Action.REMOVED, "file meta"))


def _readable(dataset: Dataset, tag: int) -> DataElement | None:
    try:
        element = dataset[tag]
        _ = element.VR, element.value
    except Exception:  # noqa: BLE001 - values of the wild make the library raise anything; what cannot be read goes
        return None
    return element


def _unwanted(element: DataElement) -> str:
    """Name why an element is never kept, whatever the options."""
    group, number = element.tag.group, element.tag.element
    if group & 0xFF00 == CURVES:
        return "curve"
    if group & 0xFF00 == OVERLAYS and number in (OVERLAY_DATA, OVERLAY_COMMENTS):
        return "overlay"
    is_known = int(element.tag) in BASIC or dictionary_has_tag(element.tag) or repeater_has_tag(int(element.tag))
    return "" if is_known else "unknown"


def _change(element: DataElement, change: Any) -> None:  # noqa: ANN401 - str to str
    values = [change(str(value)) for value in all_of(element.value)]
    element.value = values if len(values) > 1 else values[0]


def _identifying_words(source: Dataset, *, has_institution: bool) -> set[str]:
    """Collect what names a person or a visit, anywhere in the object: parts of names, numbers, dates."""
    words: set[str] = set()
    for element in _walk(source):
        if element.is_empty:
            continue
        tag = int(element.tag)
        texts = [str(value) for value in all_of(element.value)]
        if element.VR == "PN":
            words.update(part for text in texts for part in re.split(r"[\^=\s,]+", text) if len(part) >= 3)
        elif tag in IDENTIFYING or (has_institution and tag in INSTITUTION and element.VR in FREE_TEXT):
            words.update(text.strip() for text in texts if len(text.strip()) >= 4)
        elif element.VR == "UI":
            words.update(text for text in texts if not text.startswith(REGISTERED))
    return words


def _walk(dataset: Dataset) -> Iterator[DataElement]:
    for tag in dataset.keys():  # noqa: SIM118 - iterating a dataset would convert raw values that are never used
        element = None if tag.is_private else _readable(dataset, tag)
        if element is None:
            continue
        if element.VR == "SQ":
            for item in element.value or []:
                yield from _walk(item)
        elif element.VR in SEARCHED or element.VR in ("UI", "DA"):
            yield element


def _pattern_of(words: set[str]) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in longest_first), re.IGNORECASE)
