"""Things for tests and demos, made through the same services as everything else: a factory per noun."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

from readroom.server.db.models import (
    Answer,
    Archive,
    DisplaySet,
    Image,
    Question,
    ReaderStudy,
    Socket,
    StudyMember,
    User,
)
from readroom.server.domain.json_values import Json
from readroom.server.domain.permissions import Role
from readroom.server.domain.questions import is_annotation
from readroom.server.services import (
    accounts,
    answers,
    archives,
    display_sets,
    ground_truth,
    questions,
    sockets,
    studies,
)
from readroom.server.services.access import SYSTEM
from readroom.server.services.answers import Draft
from readroom.server.services.socket_values import Source

_NUMBERS: Final = itertools.count(1)
EXTENSIONS: Final = {"PDF file": ".pdf", "CSV file": ".csv"}
FIELDS_OF_TYPE: Final[dict[str, dict[str, Any]]] = {
    "Choice": {"options": ["No", "Yes", "Unsure", "Maybe"]},
    "Multiple choice": {"options": ["Left", "Right", "Upper", "Lower"]},
    "Mask": {"image_port": "main"},
}


def make_user(name: str | None = None, **fields: Any) -> User:  # noqa: ANN401 - fields of the model
    username = name or f"person-{next(_NUMBERS)}"
    return User.objects.create(username=username, email=f"{username}@example.org", password="!", **fields)  # noqa: S106 - no password fits


def make_socket(kind: str = "String", *, is_stored_as_file: bool = False, **fields: Any) -> Socket:  # noqa: ANN401 - same
    number = next(_NUMBERS)
    title = fields.pop("title", f"{kind} {number}")
    path = f"images/socket-{number}"
    if kind not in ("Image", "Segmentation", "Heat Map", "Displacement field", "DICOM Image Set"):
        path = f"socket-{number}{EXTENSIONS.get(kind, '.json')}"
    if kind == "Segmentation":
        fields.setdefault("overlay_segments", [{"name": "lesion", "visible": True, "voxel_value": 1}])
    given = {"title": title, "kind": kind, "relative_path": path, "is_stored_as_file": is_stored_as_file, **fields}
    return sockets.create_socket(SYSTEM, fields=given)


def make_image(*, creator: User | None = None, **fields: Any) -> Image:  # noqa: ANN401 - same
    """Make the row of an image without pixels, for tests of what refers to images."""
    number = next(_NUMBERS)
    given = {
        "name": f"image-{number}.mha",
        "width": 16,
        "height": 16,
        "depth": 4,
        "shape": [4, 16, 16],
        "color_space": "GRAY",
        "voxels_sha256": f"{number:064x}",
        "segments": [0, 1],
    }
    return Image.objects.create(creator=creator, **{**given, **fields})


def make_study(
    *,
    editor: User | None = None,
    readers: Sequence[User] = (),
    state: str = "open",
    **settings: Any,  # noqa: ANN401
) -> ReaderStudy:
    """Make a study whose editor and readers exist; open, so that readers may answer."""
    owner = editor or make_user()
    owner.may_create_studies = True
    given = {"title": f"Study {next(_NUMBERS)}", **settings}
    study = studies.create_study(accounts.to_actor(owner), settings=given)
    for reader in readers:
        StudyMember.objects.create(study=study, user=reader, role=Role.READER)
    if state != "draft":
        ReaderStudy.objects.filter(pk=study.pk).update(state=state)
        study.refresh_from_db()
    return study


def make_question(study: ReaderStudy, answer_type: str = "Text", **fields: Any) -> Question:  # noqa: ANN401 - same
    given = {
        "question_text": f"Question {next(_NUMBERS)}",
        "answer_type": answer_type,
        **FIELDS_OF_TYPE.get(answer_type, {}),
        **fields,
    }
    if "image_port" not in given and is_annotation(answer_type):
        given["image_port"] = "main"
    return questions.create_question(SYSTEM, study_id=study.pk, fields=given)


def make_display_set(
    study: ReaderStudy, *, sources: Sequence[Source] = (), title: str = "", order: int = 0
) -> DisplaySet:
    return display_sets.create_display_set(SYSTEM, study_id=study.pk, title=title, order=order, sources=sources)


def make_answer(question: Question, display_set: DisplaySet, *, creator: User, value: Json) -> Answer:
    return answers.record_answer(
        accounts.to_actor(creator), question_id=question.pk, display_set_id=display_set.pk, draft=Draft(value=value)
    )


def make_truth(question: Question, display_set: DisplaySet, *, editor: User, value: Json) -> None:
    entry = {"display_set": str(display_set.pk), "question": str(question.pk), "answer": value}
    ground_truth.upload_entries(accounts.to_actor(editor), study_id=question.study_id, entries=[entry])


def make_archive(*, editor: User | None = None, **fields: Any) -> Archive:  # noqa: ANN401 - fields of the model
    owner = editor or make_user()
    owner.may_create_archives = True
    return archives.create_archive(accounts.to_actor(owner), fields={"title": f"Archive {next(_NUMBERS)}", **fields})


def option_id(question: Question, title: str) -> int:
    return question.options.get(title=title).pk


def answer_of_type(question: Question, place: int = 0) -> Json:
    """Return a valid answer to a question without limits; `place` varies it."""
    options = list(question.options.values_list("pk", flat=True))
    simple: dict[str, Json] = {
        "Text": f"text {place}",
        "Number": place * 0.25,
        "Bool": place % 2 == 0,
        "Choice": options[place % len(options)] if options else None,
        "Multiple choice": options[: place % 3],
        "2D bounding box": {
            "version": {"major": 1, "minor": 0},
            "type": "2D bounding box",
            "name": "b",
            "corners": [[0, 0, 0.5], [10, 0, 0.5], [10, 10, 0.5], [0, 10, 0.5]],
            "probability": 0.5,
        },
    }
    return simple.get(question.answer_type)
