"""The fields of a plan: a table of name, kind and sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["ANALYSES", "PLAN", "Field"]

Kind = Literal["text", "number", "positive number", "share", "whole number", "list", "mapping", "value", "analyses"]

KINDS: Mapping[Kind, str] = {
    "text": "text",
    "number": "a number",
    "positive number": "a number above 0",
    "share": "a number between 0 and 1",
    "whole number": "a whole number of 1 or more",
    "list": "a list",
    "mapping": "a mapping of names to values",
    "value": "a single value",
    "analyses": "a list",
}


@dataclass(frozen=True, slots=True)
class Field:
    """What a field may hold.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    sentence : str
        What it means.
    choices : tuple of str
        The only values, where it has them.
    is_required : bool
        Whether it must be there.
    fields : mapping of str to Field
        Its own fields, where it is a mapping that has them.
    """

    kind: Kind
    sentence: str
    choices: tuple[str, ...] = ()
    is_required: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)

    def problem(self, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        """What the value should be instead; empty when it is right."""
        if self.choices:
            return "" if value in self.choices else f"one of {', '.join(self.choices)}"
        return "" if _is_of(self.kind, value) else KINDS[self.kind]


def _is_of(kind: Kind, value: Any) -> bool:  # noqa: ANN401 - same
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    checks: dict[Kind, bool] = {
        "text": is_number or isinstance(value, str),
        "number": is_number,
        "positive number": is_number and value > 0,
        "share": is_number and 0 < value < 1,
        "whole number": isinstance(value, int) and is_number and value >= 1,
        "list": isinstance(value, list) and bool(value),
        "analyses": isinstance(value, list) and bool(value),
        "mapping": isinstance(value, dict) and bool(value),
        "value": is_number or isinstance(value, str | bool | list | dict),
    }
    return checks[kind]


NAME = Field("text", "A heading, and part of file names.")
QUESTION = Field("text", "The question to analyse; needed when the table has several.")
SESSION = Field("text", "The session to analyse; needed when readers read more than once.")
THRESHOLD = Field("number", "A rating of at least this is positive.")
LEVEL = Field("share", "Coverage of the intervals; 0.95 unless given.")
COMMON = {"analysis": Field("text", "Its kind.", is_required=True), "name": NAME, "level": LEVEL}
CHOOSING = COMMON | {"question": QUESTION, "session": SESSION}

MARGIN_FIELDS = {
    "new": Field("text", "The modality that shall not be inferior.", is_required=True),
    "margin": Field("positive number", "The largest loss that is acceptable.", is_required=True),
    "significance": Field("share", "One-sided; 0.025 unless given."),
}
EQUIVALENCE_FIELDS = {
    "margin": Field("positive number", "The largest difference that is acceptable.", is_required=True),
    "significance": Field("share", "Of each one-sided test; 0.05 unless given."),
}
INFERENCE = {
    "readers": Field("text", "Whether conclusions go beyond these readers; random unless given.", ("random", "fixed")),
    "cases": Field("text", "Whether conclusions go beyond these cases; random unless given.", ("random", "fixed")),
    "noninferiority": Field("mapping", "A margin and the new modality.", fields=MARGIN_FIELDS),
    "equivalence": Field("mapping", "A margin.", fields=EQUIVALENCE_FIELDS),
}
MATCHING_FIELDS = {
    "criterion": Field("text", "How nearness is measured.", ("distance", "iou"), is_required=True),
    "threshold": Field("positive number", "Millimetres, or intersection over union.", is_required=True),
    "assignment": Field("text", "hungarian unless given.", ("hungarian", "rating")),
    "extra": Field("text", "What further marks on a lesion become; ignored unless given.", ("ignored", "false")),
}
PILOT_FIELDS = {
    "structure": Field("text", "Correlation between ratings, then between-reader variance.", ("HH", "HL", "LH", "LL")),
    "auc": Field("value", "0.702, 0.855 or 0.961."),
}
COEFFICIENTS = (
    "brennan-prediger",
    "cohen",
    "conger",
    "fleiss",
    "gwet",
    "icc",
    "kendall",
    "krippendorff",
    "light",
    "percent",
    "randolph",
)

PLAN: Mapping[str, Field] = {
    "title": Field("text", "Of the report."),
    "question": QUESTION,
    "session": SESSION,
    "columns": Field("mapping", "Our column name to the file's, such as display_set: case."),
    "options": Field("value", "The full list of options in order; or, by question, such lists."),
    "positive": Field("value", "The truth, or list of truths, that means diseased; 1 unless given."),
    "level": LEVEL,
    "analyses": Field("analyses", "What to compute.", is_required=True),
}
"""The fields of a plan."""

ANALYSES: Mapping[str, Mapping[str, Field]] = {
    "mrmc": CHOOSING
    | INFERENCE
    | {
        "method": Field(
            "text",
            "obuchowski-rockette unless given; u-statistics for any design.",
            ("obuchowski-rockette", "dbm", "u-statistics", "v-statistics"),
        ),
        "endpoint": Field(
            "text", "auc unless given; the others need a threshold.", ("auc", "sensitivity", "specificity", "agreement")
        ),
        "threshold": THRESHOLD,
        "covariance": Field("text", "jackknife unless given.", ("jackknife", "delong", "unbiased")),
        "modalities": Field("list", "Only these."),
    },
    "roc": CHOOSING,
    "accuracy": CHOOSING | {"threshold": THRESHOLD},
    "agreement": CHOOSING
    | {
        "coefficient": Field("text", "krippendorff unless given.", COEFFICIENTS),
        "settings": Field("mapping", "Of the coefficient: weights, metric, form."),
        "within": Field("text", "readers: of each with themselves over sessions.", ("readers",)),
    },
    "froc": CHOOSING
    | INFERENCE
    | {
        "method": Field("text", "obuchowski-rockette unless given.", ("obuchowski-rockette", "dbm")),
        "figure": Field(
            "text",
            "The figure of merit; wAFROC unless given.",
            (
                "AFROC",
                "AFROC1",
                "wAFROC",
                "wAFROC1",
                "FROC",
                "HR-AUC",
                "HR-sensitivity",
                "HR-specificity",
                "max-LLF",
                "max-NLF",
            ),
        ),
        "marks": Field("text", "CSV of marks, relative to the plan; without it the answers to the question are marks."),
        "rating_when_missing": Field("number", "Of marks in answers that have no probability."),
        "lesions": Field("text", "CSV of lesions, relative to the plan.", is_required=True),
        "matching": Field("mapping", "How marks were matched to lesions.", fields=MATCHING_FIELDS),
    },
    "time": CHOOSING,
    "power": COMMON
    | {
        "pilot": Field("mapping", "A published setting; without it the data are the pilot.", fields=PILOT_FIELDS),
        "question": QUESTION,
        "session": SESSION,
        "covariance": Field("text", "jackknife unless given.", ("jackknife", "delong", "unbiased")),
        "effect": Field("positive number", "The difference of AUC to detect.", is_required=True),
        "target": Field("share", "The power wanted; 0.8 unless given."),
        "readers": Field("list", "Numbers of readers to plan for.", is_required=True),
        "modalities": Field("list", "Two of them, where there are more."),
    },
}
"""The fields of each kind of analysis."""
