"""The fields of a plan: a table of name, kind and sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["ANALYSES", "PLAN", "Field", "spelled"]

Kind = Literal[
    "text",
    "number",
    "positive number",
    "share",
    "fraction",
    "range",
    "yes or no",
    "whole number",
    "list",
    "scores",
    "names",
    "choices",
    "options",
    "one or several",
    "text or table",
    "mapping",
    "analyses",
]

KINDS: Mapping[Kind, str] = {
    "text": "text",
    "number": "a number",
    "positive number": "a number above 0",
    "share": "a number between 0 and 1",
    "fraction": "a number from 0 to 1",
    "range": "two numbers from 0 to 1, the lower first, such as [0.9, 1]",
    "yes or no": "true or false",
    "whole number": "a whole number of 1 or more",
    "list": "a list of single values",
    "scores": "a list of numbers",
    "names": "a mapping of names to names",
    "choices": "a mapping of columns to a value or a list of values",
    "options": "a list of options, or a mapping of questions to such lists",
    "one or several": "a single value or a list of them",
    "text or table": "a name, or a table of numbers as a list of rows",
    "mapping": "a mapping of names to values",
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
    one_of : tuple of str
        Those of its own fields of which exactly one is given.
    """

    kind: Kind
    sentence: str
    choices: tuple[str, ...] = ()
    is_required: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()

    def problem(self, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
        """What the value should be instead; empty when it is right."""
        if self.choices:
            return "" if value in self.choices else f"one of {', '.join(self.choices)}"
        return "" if _is_of(self.kind, value) else KINDS[self.kind]


def spelled(value: Any) -> str:  # noqa: ANN401 - same
    """A value as people write it in a plan."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(spelled, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {spelled(item)}' for name, item in value.items())}}}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _is_of(kind: Kind, value: Any) -> bool:  # noqa: ANN401 - same
    checks: dict[Kind, Callable[[Any], bool]] = {
        "text": lambda given: _is_number(given) or isinstance(given, str),
        "number": _is_number,
        "positive number": lambda given: _is_number(given) and given > 0,
        "share": lambda given: _is_number(given) and 0 < given < 1,
        "fraction": lambda given: _is_number(given) and 0 <= given <= 1,
        "range": _is_range,
        "yes or no": lambda given: isinstance(given, bool),
        "whole number": lambda given: isinstance(given, int) and _is_number(given) and given >= 1,
        "list": _is_list,
        "scores": lambda given: _is_list(given) and all(map(_is_number, given)),
        "names": lambda given: _is_mapping(given, lambda name: isinstance(name, str)),
        "choices": lambda given: _is_mapping(given, _is_one_or_several),
        "options": lambda given: _is_list(given) or _is_mapping(given, _is_list),
        "one or several": _is_one_or_several,
        "text or table": lambda given: isinstance(given, str) or _is_table(given),
        "mapping": lambda given: _is_mapping(given, lambda _: True),
        "analyses": lambda given: isinstance(given, list) and bool(given),
    }
    return checks[kind](value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and 0 <= value[0] < value[1] <= 1


def _is_single(value: object) -> bool:
    return isinstance(value, str | bool) or _is_number(value)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_single, value))


def _is_one_or_several(value: object) -> bool:
    return _is_single(value) or _is_list(value)


def _is_mapping(value: object, fits: Callable[[Any], bool]) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(name, str) and fits(item) for name, item in value.items())


def _is_table(value: object) -> bool:
    """Rows of numbers, all of one length."""
    if not isinstance(value, list) or not value:
        return False
    rows = [row for row in value if isinstance(row, list) and all(map(_is_number, row))]
    return len(rows) == len(value) and len({len(row) for row in rows}) == 1


NAME = Field("text", "A heading, and part of file names.")
QUESTION = Field("text", "The question to analyse; needed when the table has several.")
SESSION = Field("text", "The session to analyse; needed when readers read more than once.")
THRESHOLD = Field("number", "A rating of at least this is positive.")
LEVEL = Field("share", "Coverage of the intervals; 0.95 unless given.")
COMMON = {"analysis": Field("text", "Its kind.", is_required=True), "name": NAME, "level": LEVEL}
ONLY = Field("choices", "Keep only these, such as {reader: [anna, ben]}.")
LEAVE_OUT = Field("choices", "Leave these out, such as {display_set: [case 7]}.")
CHOOSING = COMMON | {"question": QUESTION, "session": SESSION, "only": ONLY, "leave_out": LEAVE_OUT}
TRUTH_QUESTION = Field("text", "The question that holds the ground truth, where it is another than the one analysed.")
JUDGING = CHOOSING | {"truth_question": TRUTH_QUESTION}

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
    "auc": Field("number", "0.702, 0.855 or 0.961."),
}
PARTIAL_FIELDS = {
    "specificity": Field("range", "From and to, such as [0.9, 1]."),
    "sensitivity": Field("range", "From and to, such as [0.8, 1]."),
    "corrected": Field("yes or no", "Whether a useless test has 0.5 and a perfect one 1; false unless given."),
}
OPERATING_FIELDS = {
    "threshold": THRESHOLD,
    "sensitivity": Field("fraction", "At least this, with the most specificity."),
    "specificity": Field("fraction", "At least this, with the most sensitivity."),
    "largest": Field("text", "What the threshold shall make largest.", ("youden",)),
}
SETTINGS_FIELDS = {
    "weights": Field("text or table", "Credit for near misses: unweighted, linear, quadratic, ordinal, or a table."),
    "scores": Field("scores", "The number that each option stands for."),
    "metric": Field("text or table", "Of Krippendorff's alpha: nominal, ordinal, interval, ratio, or a table."),
    "form": Field("text", "Of the intraclass correlation: ICC(1,1) to ICC(3,k)."),
    "level": LEVEL,
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
    "truth_question": TRUTH_QUESTION,
    "only": ONLY,
    "leave_out": LEAVE_OUT,
    "columns": Field("names", "Our column name to the file's, such as display_set: case."),
    "options": Field("options", "The full list of options in order; or, by question, such lists."),
    "positive": Field("one or several", "The truth, or list of truths, that means diseased; 1 unless given."),
    "level": LEVEL,
    "analyses": Field("analyses", "What to compute.", is_required=True),
}
"""The fields of a plan."""

ANALYSES: Mapping[str, Mapping[str, Field]] = {
    "mrmc": JUDGING
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
    "roc": JUDGING
    | {
        "interval": Field("text", "Of the areas; normal unless given, logit is better near 1.", ("normal", "logit")),
        "partial": Field(
            "mapping",
            "The area of a part of the curve: a range of specificity or of sensitivity.",
            fields=PARTIAL_FIELDS,
            one_of=("specificity", "sensitivity"),
        ),
        "fit": Field("text", "A fitted curve of every reader beside the empirical one.", ("binormal",)),
        "operating_point": Field(
            "mapping",
            "Sensitivity and specificity of every reader at one threshold, and how it is found.",
            fields=OPERATING_FIELDS,
            one_of=("threshold", "sensitivity", "specificity", "largest"),
        ),
    },
    "accuracy": JUDGING | {"threshold": THRESHOLD},
    "agreement": CHOOSING
    | {
        "coefficient": Field("text", "krippendorff unless given.", COEFFICIENTS),
        "settings": Field("mapping", "Of the coefficient: weights, scores, metric, form.", fields=SETTINGS_FIELDS),
        "within": Field("text", "readers: of each with themselves over sessions.", ("readers",)),
    },
    "bland-altman": JUDGING
    | {
        "compare": Field(
            "text",
            "readers unless given: every pair within a modality; modalities or sessions: every pair within a reader; "
            "truth: every reader with the truth.",
            ("readers", "modalities", "sessions", "truth"),
        ),
        "coverage": Field("share", "Share of differences that the limits shall hold; 0.95 unless given."),
        "multiplier": Field("positive number", "Standard deviations from bias to limit, in place of the coverage."),
        "limits": Field("text", "Intervals of the limits; exact unless given.", ("exact", "approximate")),
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
        "unmarked": Field(
            "text",
            "What a case without a row in the table of marks is: missing unless given; or read, with nothing marked.",
            ("missing", "read"),
        ),
        "rating_when_missing": Field("number", "Of marks in answers that have no probability."),
        "lesions": Field("text", "CSV of lesions, relative to the plan.", is_required=True),
        "matching": Field("mapping", "How marks were matched to lesions.", fields=MATCHING_FIELDS),
    },
    "time": CHOOSING,
    "power": JUDGING
    | {
        "pilot": Field("mapping", "A published setting; without it the data are the pilot.", fields=PILOT_FIELDS),
        "covariance": Field("text", "jackknife unless given.", ("jackknife", "delong", "unbiased")),
        "effect": Field("positive number", "The difference of AUC to detect.", is_required=True),
        "target": Field("share", "The power wanted; 0.8 unless given."),
        "readers": Field("list", "Numbers of readers to plan for.", is_required=True),
        "modalities": Field("list", "Two of them, where there are more."),
    },
}
"""The fields of each kind of analysis."""
