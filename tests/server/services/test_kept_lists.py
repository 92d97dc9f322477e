"""Whatever changes answers or display sets, by whichever service: what is kept of long lists is right afterwards."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from django.db.models import CASCADE

from readroom.server import services
from readroom.server.db.models import Answer, DisplaySet, Question, ReaderStudy, User
from readroom.server.domain.errors import Invalid
from readroom.server.services import (
    accounts,
    answer_lists,
    answers,
    copying,
    display_set_lists,
    display_sets,
    ground_truth,
    long_lists,
    studies,
    study_documents,
    study_files,
)
from readroom.server.services.access import Actor
from readroom.server.services.answers import Draft
from readroom.server.services.display_sets import DisplaySetChange
from readroom.server.services.socket_values import Source
from readroom.server.testing import factories

pytestmark = pytest.mark.usefixtures("db")
CASES: Final = 8
READER: Final = "reader"


@dataclass(frozen=True)
class Scene:
    """A study whose reader has answered all display sets but the last one, and whose lists count as long."""

    study: ReaderStudy
    question: Question
    editor: User
    reader: User

    @property
    def manager(self) -> Actor:
        return accounts.to_actor(self.editor)

    @property
    def cases(self) -> list[DisplaySet]:
        return list(DisplaySet.objects.filter(study=self.study).order_by("order", "created_at", "id"))

    @property
    def unanswered(self) -> DisplaySet:
        return next(case for case in self.cases if not case.answers.exists())


@pytest.fixture
def scene(monkeypatch):
    monkeypatch.setattr(long_lists, "LONG", 3)
    long_lists.kept.clear()
    editor, reader = factories.make_user("editor"), factories.make_user(READER)
    study = factories.make_study(
        editor=editor, readers=[reader], allow_answer_modification=True, is_educational=True, slug="the-study"
    )
    question = factories.make_question(study, "Bool")
    for number in range(CASES):
        case = factories.make_display_set(study, title=f"case {number}", order=10 * (number + 1))
        if number < CASES - 1:
            factories.make_answer(question, case, creator=reader, value=True)
    return Scene(study, question, editor, reader)


def record_answer(scene):
    factories.make_answer(scene.question, scene.unanswered, creator=scene.reader, value=True)


def edit_answer(scene):
    mine = Answer.objects.filter(creator=scene.reader).earliest("created_at")
    answers.edit_answer(accounts.to_actor(scene.reader), answer_id=mine.pk, draft=Draft(value=False))


def delete_answer(scene):
    answers.delete_answer(scene.manager, answer_id=Answer.objects.filter(creator=scene.reader)[2].pk)


def delete_answers_of_reader(scene):
    answers.delete_answers_of_reader(scene.manager, study_id=scene.study.pk, user_id=scene.reader.pk)


def upload_entries(scene):
    entries = [
        {"display_set": str(case.pk), "question": str(scene.question.pk), "answer": True} for case in scene.cases
    ]
    ground_truth.upload_entries(scene.manager, study_id=scene.study.pk, entries=entries)


def upload_table(scene):
    name = scene.question.question_text
    lines = [f"case,{name}", *(f"{case.pk},true" for case in scene.cases)]
    ground_truth.upload_table(scene.manager, study_id=scene.study.pk, data="\n".join(lines).encode())


def copy_from_reader(scene):
    ground_truth.copy_from_reader(scene.manager, study_id=scene.study.pk, username=READER)


def copy_to_answers(scene):
    ground_truth.copy_to_answers(scene.manager, study_id=scene.study.pk)


def delete_ground_truth(scene):
    ground_truth.delete_ground_truth(scene.manager, study_id=scene.study.pk)


def create_display_set(scene):
    display_sets.create_display_set(scene.manager, study_id=scene.study.pk, title="between", order=15)


def move_display_set(scene):
    change = DisplaySetChange(order=15)
    display_sets.change_display_set(scene.manager, display_set_id=scene.unanswered.pk, change=change)


def fill_display_set(scene):
    source = Source(socket_slug=factories.make_socket("String").slug, value="a value")
    change = DisplaySetChange(title="renamed", sources=[source])
    display_sets.change_display_set(scene.manager, display_set_id=scene.unanswered.pk, change=change)


def delete_display_set(scene):
    display_sets.delete_display_set(scene.manager, display_set_id=scene.unanswered.pk)


def delete_unanswered_display_sets(scene):
    display_sets.delete_unanswered_display_sets(scene.manager, study_id=scene.study.pk)


def apply_study_file(scene):
    document = study_documents.export_study(scene.manager, study_id=scene.study.pk)
    document["display_sets"].append({"title": "from a file", "order": 25, "values": {}})
    study_files.apply_study(scene.manager, document=document)


def close_account(scene):
    """The name becomes free, and another person takes it who has no answers."""
    accounts.close_account(accounts.to_actor(scene.reader), username=READER)
    factories.make_user(READER)


Verb = Callable[[Scene], None]
FIRST: Final[dict[Verb, Verb]] = {
    copy_from_reader: record_answer,
    copy_to_answers: upload_entries,
    delete_ground_truth: upload_entries,
}
"""What must have been done before, so that there is something to do."""
VERBS: Final[tuple[Verb, ...]] = (
    record_answer,
    edit_answer,
    delete_answer,
    delete_answers_of_reader,
    upload_entries,
    upload_table,
    copy_from_reader,
    copy_to_answers,
    delete_ground_truth,
    create_display_set,
    move_display_set,
    fill_display_set,
    delete_display_set,
    delete_unanswered_display_sets,
    apply_study_file,
    close_account,
)


def everything_of(scene):
    """All pages of all lists that are kept, as the editor and the reader see them."""
    found = {}
    choices = [
        {},
        {"creator": READER},
        {"is_ground_truth": True},
        {"is_ground_truth": False},
        {"question_id": scene.question.pk},
    ]
    for person in (scene.editor, scene.reader):
        actor = accounts.to_actor(User.objects.get(pk=person.pk))
        for choice in choices:
            asked = answer_lists.Asked(study_id=scene.study.pk, **choice)
            for offset in range(0, 2 * CASES + 4, 4):
                page = answer_lists.list_answers(actor, asked=asked, offset=offset, limit=4)
                found[person.pk, "answers", str(choice), offset] = page
        for offset in range(0, CASES + 4, 4):
            asked = display_set_lists.Asked(study_id=scene.study.pk)
            listing = display_set_lists.list_display_sets(actor, asked=asked, offset=offset, limit=4)
            found[person.pk, "display sets", offset] = (listing.count, list(listing.rows))
    return found


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_kept_lists_are_those_that_are_counted_afresh(scene, verb):
    if verb in FIRST:
        FIRST[verb](scene)
    before = everything_of(scene)
    assert sum(marks.count is not None for marks in long_lists.kept.values()) >= 4, "nothing is kept, nothing is tested"
    verb(scene)
    known = everything_of(scene)
    long_lists.kept.clear()
    assert known == everything_of(scene)
    assert known != before, "the service changed nothing that is listed"


def test_a_study_that_is_deleted_has_no_lists_left(scene):
    answers.delete_answers_of_reader(scene.manager, study_id=scene.study.pk, user_id=scene.reader.pk)
    everything_of(scene)
    studies.delete_study(scene.manager, study_id=scene.study.pk)
    with pytest.raises(Invalid):
        everything_of(scene)


def test_the_lists_of_a_copy_are_its_own(scene):
    everything_of(scene)
    copied = copying.copy_study(scene.manager, study_id=scene.study.pk, title="A copy", parts=["display_sets"])
    asked = display_set_lists.Asked(study_id=copied.pk)
    listing = display_set_lists.list_display_sets(scene.manager, asked=asked, offset=3, limit=3)
    titles = [row.title for row in listing.rows]
    assert (listing.count, titles) == (CASES, ["case 3", "case 4", "case 5"])


COVERED: Final = {
    "answer_rows._adding": [record_answer],
    "answers.edit_answer": [edit_answer],
    "answers.delete_rows": [delete_answer, delete_answers_of_reader],
    "copying._copy_display_sets": [test_the_lists_of_a_copy_are_its_own],
    "display_set_rows.writing_title_and_order": [move_display_set, fill_display_set],
    "display_sets.create_display_set": [create_display_set, apply_study_file],
    "display_sets.delete_display_set": [delete_display_set],
    "display_sets.delete_unanswered_display_sets": [delete_unanswered_display_sets],
    "ground_truth._write": [upload_entries, upload_table, copy_from_reader],
    "ground_truth.copy_to_answers": [copy_to_answers],
    "ground_truth.delete_ground_truth": [delete_ground_truth],
    "studies.delete_study": [test_a_study_that_is_deleted_has_no_lists_left],
}
"""Where rows of the lists are written, and what proves above that the lists see it."""
ELSEWHERE: Final = {
    "attachments": {"_say", "_attach_to_answer", "_offer_as_instances", "_attach_to_archive"},
    "copying": {"_copy_questions", "_copy_gaps", "_copy_members"},
    "display_set_lists": {"give_places"},
    "hanging_protocols": {"delete_hanging_protocol"},
    "members": {"remove_member", "decide_request"},
    "questions": {"create_question", "change_question", "delete_question", "_write_options"},
    "scores": {"score_study_again"},
    "socket_values": {"remove_all_but", "_start_import", "put", "refuse"},
    "sockets": {"delete_socket"},
    "studies": {"create_study", "change_study", "change_state"},
    "study_files": {"_ensure_socket", "_apply_settings"},
    "workstation_configs": {"delete_workstation_config"},
}
"""What these write are other tables, or what stands in a row and is read afresh: no row comes, goes or moves."""
WRITING: Final = {"create", "bulk_create", "get_or_create", "update_or_create", "save", "update", "bulk_update"}
LISTED: Final = {Answer, DisplaySet}
STATEMENT: Final = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) readroom_(answer|displayset)\b")


def owners_of_lists():
    """Models whose deletion deletes answers or display sets."""
    return {
        field.related_model.__name__
        for model in LISTED
        for field in model._meta.fields
        if field.is_relation and field.remote_field.on_delete is CASCADE
    }


def writers_in(path):
    """Functions of a module that knows these models and writes rows, or deletes what they hang on."""
    tree = ast.parse(path.read_text())
    known = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("readroom.server.db")
        for alias in node.names
    }
    wanted = {"delete"} if known & owners_of_lists() else set()
    if known & {model.__name__ for model in LISTED}:
        wanted |= WRITING | {"delete"}
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and STATEMENT.search(ast.unparse(node))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        nodes = list(ast.walk(function))
        calls = {
            node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        if calls & wanted or names & constants or STATEMENT.search(ast.unparse(function)):
            yield f"{path.stem}.{function.name}"


def test_every_place_that_writes_rows_of_the_lists_is_proved_above():
    folder = Path(services.__file__).parent
    found = {name for path in folder.glob("*.py") for name in writers_in(path)}
    others = {f"{module}.{name}" for module, names in ELSEWHERE.items() for name in names}
    assert found == COVERED.keys() | others
    assert {verb for verbs in COVERED.values() for verb in verbs if verb in VERBS} == {*VERBS} - {close_account}


def test_nothing_but_services_writes_rows_of_the_lists():
    """Doors and jobs call a service by such a name; none writes a row itself."""
    root = Path(services.__file__).parent.parent
    folders = [root / name for name in ("api", "bytes.py", "dicomweb", "db", "jobs", "operation", "storage")]
    paths = [path for folder in folders for path in ([folder] if folder.suffix else folder.rglob("*.py"))]
    assert not [path for path in paths if STATEMENT.search(path.read_text())]
    model = re.compile(r"\b(Answer|DisplaySet)\.objects\.\w*(create|delete|update)")
    assert not [path for path in paths if model.search(path.read_text())]
