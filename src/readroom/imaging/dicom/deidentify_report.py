"""What de-identification did, element by element and without any value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydicom.dataset import Dataset


class Option(StrEnum):
    """Options of the Basic Application Level Confidentiality Profile (PS3.15 E.3)."""

    RETAIN_UIDS = "retain-uids"
    """UIDs stay as they are."""
    RETAIN_DATES = "retain-dates"
    """Dates and times stay as they are."""
    SHIFT_DATES = "shift-dates"
    """Dates move back by one number of days per patient, so that intervals stay."""
    RETAIN_PATIENT = "retain-patient-characteristics"
    """Sex, age (up to 89), size, weight and the like stay."""
    RETAIN_DEVICE = "retain-device"
    """What identifies the device stays."""
    RETAIN_INSTITUTION = "retain-institution"
    """What identifies the institution stays."""
    CLEAN_DESCRIPTORS = "clean-descriptors"
    """Descriptions stay without the words that occur in identifying elements, and without long numbers."""


CODES = {
    Option.RETAIN_UIDS: ("113110", "Retain UIDs Option"),
    Option.RETAIN_DATES: ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Option.SHIFT_DATES: ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Option.RETAIN_PATIENT: ("113108", "Retain Patient Characteristics Option"),
    Option.RETAIN_DEVICE: ("113109", "Retain Device Identity Option"),
    Option.RETAIN_INSTITUTION: ("113112", "Retain Institution Identity Option"),
    Option.CLEAN_DESCRIPTORS: ("113105", "Clean Descriptors Option"),
}
BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
OFTEN_BURNED_IN = frozenset({"US", "XA", "RF", "SC", "OT", "ES", "XC", "GM", "OP", "SM", "IVUS", "ECG", "DOC"})


class Action(StrEnum):
    """What became of an element."""

    KEPT = "kept"
    CLEANED = "cleaned"
    EMPTIED = "emptied"
    REPLACED = "replaced"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One element and what became of it.

    Parameters
    ----------
    path : str
        Keyword or tag, with the sequences that lead to it: ``RequestAttributesSequence[0].ScheduledProcedureStepID``.
    action : Action
        What was done.
    why : str
        The rule: an action of the profile, an option, ``private``, ``unknown``, ``identifier found``.
    """

    path: str
    action: Action
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was done to one object. Holds no values.

    >>> print(report.summary())  # doctest: +SKIP
    41 kept, 0 cleaned, 9 emptied, 6 replaced, 22 removed

    Parameters
    ----------
    options : tuple of Option
        Options that were applied beside the basic profile.
    changes : tuple of Change
        Every element that the table names or that was touched, and those of free text that were kept.
    warnings : tuple of str
        What no program decides: text in the pixels, a face, an embedded document.
    """

    options: tuple[Option, ...]
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]

    def of(self, action: Action) -> tuple[Change, ...]:
        """List the elements of which one thing became."""
        return tuple(change for change in self.changes if change.action is action)

    def summary(self) -> str:
        """Count what was done."""
        counts = Counter(change.action for change in self.changes)
        return ", ".join(f"{counts[action]} {action}" for action in Action)


def warnings_about(dataset: Dataset) -> tuple[str, ...]:
    """List what a person must look at, from an object as it came."""
    warnings = []
    burned_in = str(dataset.get("BurnedInAnnotation", "")).upper()
    modality = str(dataset.get("Modality", "")).upper()
    has_pixels = any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"))
    if has_pixels and burned_in == "YES":
        warnings.append("The object says that text is burned into its pixels: look at every frame.")
    elif has_pixels and burned_in != "NO" and modality in OFTEN_BURNED_IN:
        warnings.append(f"Images of modality {modality} often have text burned into their pixels: look at every frame.")
    if str(dataset.get("RecognizableVisualFeatures", "")).upper() == "YES":
        warnings.append("The object says that the person can be recognised from its pixels.")
    if "LABEL" in [str(value).upper() for value in all_of(dataset.get("ImageType", []))]:
        warnings.append("This is a picture of a slide's label, which often names the patient.")
    if "EncapsulatedDocument" in dataset:
        warnings.append("The embedded document was replaced by nothing: it cannot be cleaned.")
    if str(dataset.get("Modality", "")) in ("SR", "KO", "PR"):
        warnings.append("Texts of this report or annotation were replaced by dummies.")
    return tuple(warnings)


def all_of(value: Any) -> list[Any]:  # noqa: ANN401 - pydicom gives one value or several
    return list(value) if isinstance(value, list | tuple) or hasattr(value, "append") else [value]
