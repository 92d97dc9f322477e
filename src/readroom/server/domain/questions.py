"""Questions: 23 types of answers, their widgets, their limits, and when they may still change."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from readroom.server.domain.annotations import SEVERAL, SHAPES
from readroom.server.domain.errors import Invalid
from readroom.server.domain.hanging import VIEWPORTS
from readroom.server.domain.json_values import is_text, is_whole
from readroom.server.domain.patterns import check_pattern
from readroom.server.domain.sockets import check_overlay_segments

TEXT: Final = "Text"
BOOL: Final = "Bool"
NUMBER: Final = "Number"
HEADING: Final = "Heading"
CHOICE: Final = "Choice"
MULTIPLE_CHOICE: Final = "Multiple choice"
MASK: Final = "Mask"
ANNOTATIONS: Final = frozenset((*SHAPES, *SEVERAL))
ANSWER_TYPES: Final = (TEXT, BOOL, NUMBER, HEADING, CHOICE, MULTIPLE_CHOICE, MASK, *SHAPES, *SEVERAL)
SCORABLE: Final = frozenset((TEXT, BOOL, NUMBER, CHOICE, MULTIPLE_CHOICE))
"""Types that can have a ground truth."""

DIRECTIONS: Final = ("Horizontal", "Vertical")
_CONFIRMABLE: Final = ANNOTATIONS | {NUMBER, TEXT}
_WIDGETS: Final[Mapping[str, tuple[str, ...]]] = {
    TEXT: ("Text Input", "Text Area"),
    NUMBER: ("Number Input", "Number Range"),
    CHOICE: ("Radio Select", "Select"),
    MULTIPLE_CHOICE: ("Checkbox Select Multiple", "Select Multiple"),
    **dict.fromkeys(SEVERAL, ("Accept/Reject Findings",)),
}
_NEEDS_WIDGET: Final = frozenset((TEXT, CHOICE, MULTIPLE_CHOICE))
_SOCKET_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    TEXT: ("String",),
    BOOL: ("Bool",),
    NUMBER: ("Integer", "Float"),
    CHOICE: ("Choice",),
    MULTIPLE_CHOICE: ("Multiple choice",),
    MASK: ("Segmentation",),
    **{label: (label,) for label in ANNOTATIONS},
}
LOCKED_FIELDS: Final = (
    "question_text",
    "answer_type",
    "image_port",
    "required",
    "overlay_segments",
    "widget",
    "answer_min_value",
    "answer_max_value",
    "answer_step_size",
    "answer_min_length",
    "answer_max_length",
    "answer_match_pattern",
    "interface",
    "options",
)
"""What can no longer change once a question has an answer."""


def widgets_of(answer_type: str) -> tuple[str, ...]:
    return _WIDGETS.get(answer_type, ())


def default_widget_of(answer_type: str) -> str:
    return _WIDGETS[answer_type][0] if answer_type in _NEEDS_WIDGET else ""


def socket_kinds_of(answer_type: str) -> tuple[str, ...]:
    """Kinds of sockets whose value can be the answer a reader starts from."""
    return _SOCKET_KINDS.get(answer_type, ())


def is_annotation(answer_type: str) -> bool:
    return answer_type in ANNOTATIONS


def needs_image_port(answer_type: str) -> bool:
    return answer_type in ANNOTATIONS or answer_type == MASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the possible answers to a choice question."""

    title: str
    id: int | None = None
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSpec:
    """A question as its rules see it."""

    question_text: str
    answer_type: str
    required: bool = True
    widget: str = ""
    image_port: str = ""
    direction: str = "Horizontal"
    order: int = 100
    default_annotation_color: str = ""
    overlay_segments: Sequence[Mapping[str, Any]] | None = None
    interface_kind: str | None = None
    interface_segments: Sequence[Mapping[str, Any]] | None = None
    answer_min_value: float | None = None
    answer_max_value: float | None = None
    answer_step_size: Decimal | None = None
    answer_min_length: int | None = None
    answer_max_length: int | None = None
    answer_match_pattern: str = ""
    empty_answer_confirmation: bool = False
    score_tolerance: float = 0.0
    options: Sequence[Option] = field(default=())


def check_question(spec: QuestionSpec) -> None:
    """Refuse a question that contradicts itself, with the field that is at fault."""
    if spec.answer_type not in ANSWER_TYPES:
        raise Invalid(f"Unknown answer type; known are {', '.join(ANSWER_TYPES)}.", field="answer_type")
    if not is_text(spec.question_text) or not spec.question_text.strip():
        raise Invalid("A question needs a text.", field="question_text")
    if spec.direction not in DIRECTIONS:
        raise Invalid("The direction is Horizontal or Vertical.", field="direction")
    if not 0 <= spec.order <= 32767:
        raise Invalid("The order is a number from 0 to 32767.", field="order")
    if (
        not math.isfinite(spec.score_tolerance)
        or spec.score_tolerance < 0
        or (spec.score_tolerance and spec.answer_type != NUMBER)
    ):
        raise Invalid("A tolerance is a finite number from 0, for numbers only.", field="score_tolerance")
    _check_widget(spec)
    _check_required(spec)
    _check_port(spec)
    _check_colour(spec)
    _check_number_limits(spec)
    _check_text_limits(spec)
    _check_options(spec.answer_type, spec.options)
    _check_socket(spec)


def _check_widget(spec: QuestionSpec) -> None:
    known = widgets_of(spec.answer_type)
    if spec.widget and spec.widget not in known:
        offered = f"offered are {', '.join(known)}" if known else "it takes none"
        raise Invalid(f'The widget "{spec.widget}" does not fit {spec.answer_type}; {offered}.', field="widget")
    if not spec.widget and spec.answer_type in _NEEDS_WIDGET:
        raise Invalid(f"{spec.answer_type} needs a widget: {' or '.join(known)}.", field="widget")
    if spec.widget == "Accept/Reject Findings" and spec.interface_kind is None:
        raise Invalid("Accept/Reject Findings needs a socket with the findings.", field="interface")
    if spec.widget == "Number Range" and None in (
        spec.answer_min_value,
        spec.answer_max_value,
        spec.answer_step_size,
    ):
        raise Invalid("A Number Range needs a minimum, a maximum and a step size.", field="widget")


def _check_required(spec: QuestionSpec) -> None:
    if spec.required and spec.answer_type in (BOOL, HEADING):
        raise Invalid(f"{spec.answer_type} questions cannot be required.", field="required")
    if spec.empty_answer_confirmation:
        if spec.required:
            raise Invalid("A required answer is never empty, so there is nothing to confirm.", field="required")
        if spec.answer_type not in _CONFIRMABLE:
            raise Invalid(
                f"Empty answers of type {spec.answer_type} cannot be confirmed.", field="empty_answer_confirmation"
            )


def _check_port(spec: QuestionSpec) -> None:
    if needs_image_port(spec.answer_type):
        if spec.image_port.lower() not in VIEWPORTS:
            raise Invalid(f"{spec.answer_type} needs the viewport it is drawn in.", field="image_port")
    elif spec.image_port:
        raise Invalid("Only annotations and masks have a viewport.", field="image_port")


def _check_colour(spec: QuestionSpec) -> None:
    if not spec.default_annotation_color:
        return
    if not is_annotation(spec.answer_type):
        raise Invalid("Only annotations have a colour.", field="default_annotation_color")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", spec.default_annotation_color):
        raise Invalid("A colour is written like #ff8800.", field="default_annotation_color")


def _check_number_limits(spec: QuestionSpec) -> None:
    minimum, maximum, step = spec.answer_min_value, spec.answer_max_value, spec.answer_step_size
    limits = {"answer_min_value": minimum, "answer_max_value": maximum, "answer_step_size": step}
    given = [name for name, limit in limits.items() if limit is not None]
    if given and (spec.answer_type != NUMBER or spec.widget not in widgets_of(NUMBER)):
        raise Invalid("Limits of a number need type Number with one of its widgets.", field=given[0])
    for name, limit in (("answer_min_value", minimum), ("answer_max_value", maximum)):
        if limit is not None and not (is_whole(limit) and abs(limit) < 2**31):
            raise Invalid(
                "A limit is a whole number, as clients read it; ask in a smaller unit, or give a step.", field=name
            )
    if minimum is not None and maximum is not None and minimum >= maximum:
        raise Invalid("The maximum must be larger than the minimum.", field="answer_max_value")
    if step is not None and not (math.isfinite(step) and step > 0):
        raise Invalid("The step size is a finite number larger than 0.", field="answer_step_size")


def _check_text_limits(spec: QuestionSpec) -> None:
    shortest, longest = spec.answer_min_length, spec.answer_max_length
    if shortest is None and longest is None and not spec.answer_match_pattern:
        return
    if spec.answer_type != TEXT:
        raise Invalid("Limits of a text need type Text.", field="answer_min_length")
    if any(length is not None and length < 0 for length in (shortest, longest)):
        raise Invalid("A length is a number from 0.", field="answer_min_length")
    if shortest is not None and longest is not None and shortest > longest:
        raise Invalid("The longest text must not be shorter than the shortest.", field="answer_max_length")
    if spec.answer_match_pattern:
        check_pattern(spec.answer_match_pattern)


def _check_options(answer_type: str, options: Sequence[Option]) -> None:
    if answer_type not in (CHOICE, MULTIPLE_CHOICE):
        if options:
            raise Invalid("Only choices have options.", field="options")
        return
    if not options:
        raise Invalid("A choice needs at least one option.", field="options")
    titles = [option.title.strip() for option in options]
    if not all(titles) or any(len(title) > 1024 or not is_text(title) for title in titles):
        raise Invalid("Every option needs a title of at most 1024 characters.", field="options")
    if len(set(titles)) < len(titles):
        raise Invalid("Two options have the same title.", field="options")
    if sum(option.default for option in options) > 1:
        raise Invalid("Only one option can be the default.", field="options")


def _check_socket(spec: QuestionSpec) -> None:
    check_overlay_segments(spec.overlay_segments, is_allowed=spec.answer_type == MASK)
    if spec.interface_kind is None:
        return
    kinds = socket_kinds_of(spec.answer_type)
    if spec.interface_kind not in kinds:
        fitting = f"a socket of kind {' or '.join(kinds)}" if kinds else "no socket"
        raise Invalid(f"{spec.answer_type} can start from {fitting}.", field="interface")
    if spec.answer_type == MASK and list(spec.overlay_segments or []) != list(spec.interface_segments or []):
        raise Invalid("The overlay segments must equal those of the socket.", field="overlay_segments")


def check_change(changed: Sequence[str], *, has_answers: bool) -> None:
    """Refuse to change what the meaning of given answers hangs on."""
    if has_answers and (locked := [name for name in changed if name in LOCKED_FIELDS]):
        raise Invalid.of(
            {name: ["This question has answers; delete them before you change its meaning."] for name in locked}
        )
