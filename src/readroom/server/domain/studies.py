"""Reader studies: settings that must fit each other, four states, and what is missing before readers may start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from readroom.server.domain.errors import Invalid, Locked
from readroom.server.domain.json_values import is_text, is_whole


class State(StrEnum):
    """Where a study stands."""

    DRAFT = "draft"
    """Being made: editors may try it, readers cannot answer yet."""

    OPEN = "open"
    """Readers answer."""

    PAUSED = "paused"
    """Readers see their answers, and cannot add or change any until it is opened again."""

    CLOSED = "closed"
    """Finished: nobody answers any more. An editor can open it again, which the audit trail tells."""


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.DRAFT: frozenset((State.OPEN,)),
    State.OPEN: frozenset((State.PAUSED, State.CLOSED, State.DRAFT)),
    State.PAUSED: frozenset((State.OPEN, State.CLOSED)),
    State.CLOSED: frozenset((State.OPEN,)),
}


class AccessRequestHandling(StrEnum):
    """What happens when somebody asks to become a reader."""

    MANUAL = "manual-review"
    VERIFIED = "accept-verified-users"
    ALL = "accept-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What editors choose for a study, as far as rules hang on it."""

    title: str
    description: str = ""
    is_public: bool = False
    access_request_handling: str = AccessRequestHandling.MANUAL
    is_educational: bool = False
    instant_verification: bool = False
    allow_answer_modification: bool = False
    enable_autosaving: bool = False
    allow_case_navigation: bool = False
    shuffle_hanging_list: bool = False
    leaderboard_accessible_to_readers: bool = False
    roll_over_answers_for_n_cases: int = 0
    max_credits: int | None = None


CREDITS_AN_HOUR: Final = 500
"""What an hour of reading costs, as platforms with a budget count it."""


def check_settings(settings: Settings) -> None:
    """Refuse settings that contradict each other."""
    title = settings.title.strip()
    if not title or len(title) > 255 or not is_text(title):
        raise Invalid("A study needs a title of at most 255 characters.", field="title")
    if settings.is_public and not settings.description.strip():
        raise Invalid("A public study needs a description.", field="description")
    if settings.access_request_handling not in list(AccessRequestHandling):
        raise Invalid(
            f"Access requests are handled as one of {', '.join(AccessRequestHandling)}.",
            field="access_request_handling",
        )
    if not settings.is_educational:
        for name in ("instant_verification", "leaderboard_accessible_to_readers"):
            if getattr(settings, name):
                raise Invalid("This setting is only for educational studies.", field=name)
    if settings.enable_autosaving and not settings.allow_answer_modification:
        raise Invalid("Autosaving needs answers that may be modified.", field="enable_autosaving")
    _check_roll_over(settings)
    budget = settings.max_credits
    if budget is not None and not (is_whole(budget) and 0 <= budget <= 2**31 - 1):
        raise Invalid("A budget is a whole number of credits, or null for no end.", field="max_credits")


def _check_roll_over(settings: Settings) -> None:
    name = "roll_over_answers_for_n_cases"
    if not 0 <= settings.roll_over_answers_for_n_cases <= 32767:
        raise Invalid("Answers roll over for 0 to 32767 display sets.", field=name)
    if settings.roll_over_answers_for_n_cases and (settings.allow_case_navigation or settings.shuffle_hanging_list):
        raise Invalid("Answers cannot roll over when readers navigate freely or the order is shuffled.", field=name)


RISKY_WHILE_READING: Final[Mapping[str, str]] = {
    "is_educational": "Readers who have not finished could look at the ground truth.",
    "shuffle_hanging_list": "The order of display sets changes for readers who have begun.",
    "allow_answer_modification": "Earlier and later answers were given under different conditions.",
    "enable_autosaving": "Earlier and later answers were given under different conditions.",
    "allow_case_navigation": "Earlier and later answers were given under different conditions.",
    "instant_verification": "Readers learn the ground truth while they read.",
    "roll_over_answers_for_n_cases": "Earlier and later answers were given under different conditions.",
}


def warnings_for(changed: Sequence[str], *, has_answers: bool) -> dict[str, str]:
    """What an editor should know before settings change in the middle of reading."""
    return {name: RISKY_WHILE_READING[name] for name in changed if has_answers and name in RISKY_WHILE_READING}


def check_transition(*, current: str, wanted: str, has_answers: bool) -> State:
    try:
        state = State(wanted)
    except ValueError:
        raise Invalid(f"A study is {', '.join(State)}.", field="state") from None
    if state is current:
        return state
    if state not in TRANSITIONS[State(current)] or (state is State.DRAFT and has_answers):
        because = " because it has answers" if state is State.DRAFT and has_answers else ""
        raise Invalid(f"A study that is {current} cannot become {wanted}{because}.", field="state")
    return state


def states_with_answers(*, is_editor: bool) -> tuple[State, ...]:
    """The states in which a study takes answers: open; editors may try a draft."""
    return (State.OPEN, State.DRAFT) if is_editor else (State.OPEN,)


def check_takes_answers(state: str, *, is_editor: bool) -> None:
    """Refuse answers to a study that takes none.

    The rule for the last answer: what arrives after a study was paused or closed is refused.
    """
    if state not in states_with_answers(is_editor=is_editor):
        raise Locked(f"This reader study is {state} and takes no answers.")


def credits_for(time: timedelta) -> float:
    """What this much reading costs."""
    return round(time / timedelta(hours=1) * CREDITS_AN_HOUR, 2)


def check_budget(*, used: float, maximum: int | None, is_editor: bool) -> None:
    """Refuse to read on when the budget is used up; the answer that uses it up is still taken."""
    if maximum is None or used < maximum:
        return
    if is_editor:
        raise Locked(f"The budget of {maximum} credits is used up ({used:g}); raise max_credits to go on.")
    raise Locked("The budget of this reader study is used up; ask its editors to raise it. Your answers are kept.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What there is of a study, counted."""

    questions: int
    answerable_questions: int
    display_sets: int
    empty_display_sets: Sequence[str] = ()
    pending_values: int = 0
    refused_values: Sequence[str] = ()
    readers: int = 0
    has_hanging_protocol: bool = False
    view_content_problem: str | None = None
    question_problems: Sequence[str] = ()
    is_educational: bool = False
    missing_ground_truths: int = 0
    is_budget_used_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that is missing: a blocker stops readers from starting, a hint does not."""

    kind: str
    message: str
    is_blocker: bool


def missing_before_opening(inventory: Inventory) -> list[Gap]:
    """Return what is missing, most serious first."""
    found = inventory
    names = ", ".join(found.empty_display_sets[:5]) + (", …" if len(found.empty_display_sets) > 5 else "")
    checks = (
        (not found.answerable_questions, "questions", "There is no question that can be answered.", True),
        (not found.display_sets, "display_sets", "There is no display set.", True),
        (bool(found.view_content_problem), "view_content", found.view_content_problem or "", True),
        (bool(found.question_problems), "image_ports", " ".join(found.question_problems), True),
        (bool(found.pending_values), "imports", f"{found.pending_values} values are still being imported.", True),
        (bool(found.refused_values), "refused_values", " ".join(found.refused_values[:5]), True),
        (bool(found.empty_display_sets), "empty_display_sets", f"These display sets show nothing: {names}.", True),
        (found.is_budget_used_up, "max_credits", "The budget is used up; raise max_credits.", True),
        (not found.readers, "readers", "It has no reader yet.", False),
        (not found.has_hanging_protocol, "hanging_protocol", "Without a hanging protocol a default is used.", False),
        (
            found.is_educational and bool(found.missing_ground_truths),
            "ground_truth",
            f"{found.missing_ground_truths} answers have no ground truth to compare with.",
            False,
        ),
    )
    return [Gap(kind=kind, message=text, is_blocker=blocks) for applies, kind, text, blocks in checks if applies]


def progress(*, answered: int, display_sets: int, questions: int) -> float:
    """Return 0 to 100; a study without display sets or questions is not finished, it is empty."""
    expected = display_sets * questions
    return min(100.0, 100.0 * answered / expected) if expected else 0.0
