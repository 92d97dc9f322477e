"""Answers that arrive while their study is being paused, closed or deleted: two real transactions, in every order."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from readroom.server.db.models import Answer, AuditEntry, ReaderStudy
from readroom.server.domain.errors import Locked, NotFound
from readroom.server.services import accounts, answers, audit, studies
from readroom.server.services.answers import Draft
from readroom.server.testing import factories

SOON = 30


class Aside(threading.Thread):
    """An act in a transaction of its own; `has_begun` tells when it came to the statement that may have to wait."""

    def __init__(self, act) -> None:
        super().__init__(daemon=True)
        self.act, self.has_begun, self.fault = act, threading.Event(), None
        self.start()

    def run(self) -> None:
        try:
            with connection.execute_wrapper(self.watch):
                self.act()
        except Exception as error:  # noqa: BLE001 - what went wrong is the finding
            self.fault = error
        finally:
            self.has_begun.set()
            connection.close()

    def watch(self, execute, sql, params, many, context):
        if sql.startswith(("BEGIN", "INSERT INTO readroom_answer ")) or sql.endswith((" OF a", "FOR UPDATE")):
            self.has_begun.set()
        return execute(sql, params, many, context)

    def is_waiting(self) -> bool:
        assert self.has_begun.wait(SOON)
        self.join(0.3)
        return self.is_alive()

    def ended(self) -> Exception | None:
        self.join(SOON)
        assert not self.is_alive()
        return self.fault


@pytest.fixture
def scene(transactional_db):
    editor, reader, colleague = (factories.make_user(name) for name in ("editor", "reader", "colleague"))
    study = factories.make_study(editor=editor, readers=[reader, colleague], allow_answer_modification=True)
    question, display_set = factories.make_question(study, "Text"), factories.make_display_set(study)

    def post(user=reader, value="seen"):
        draft = Draft(value=value)
        actor = accounts.to_actor(user)
        return answers.record_answer(actor, question_id=question.pk, display_set_id=display_set.pk, draft=draft)

    def edit():
        mine = Answer.objects.get(creator=reader)
        return answers.edit_answer(accounts.to_actor(reader), answer_id=mine.pk, draft=Draft(value="seen again"))

    def move(state):
        return lambda: studies.change_state(accounts.to_actor(editor), study_id=study.pk, state=state)

    def delete():
        studies.delete_study(accounts.to_actor(editor), study_id=study.pk)

    return SimpleNamespace(
        post=post, edit=edit, move=move, delete=delete, reader=reader, colleague=colleague, editor=editor, study=study
    )


def given() -> list[str]:
    return list(Answer.objects.values_list("value", flat=True))


@pytest.mark.parametrize("state", ["paused", "closed"])
@pytest.mark.parametrize("is_edit", [False, True], ids=["post", "edit"])
def test_who_stops_a_study_waits_for_the_answer_under_way(scene, state, is_edit):
    if is_edit:
        scene.post()
    with transaction.atomic():
        scene.edit() if is_edit else scene.post()
        stop = Aside(scene.move(state))
        assert stop.is_waiting()
    assert stop.ended() is None
    assert ReaderStudy.objects.get().state == state
    assert given() == ["seen again" if is_edit else "seen"]
    acts = list(AuditEntry.objects.order_by("id").values_list("act", flat=True))
    assert acts[-2:] == ["edit answer" if is_edit else "answer", f"{state} study"]


@pytest.mark.parametrize("state", ["paused", "closed"])
@pytest.mark.parametrize("is_edit", [False, True], ids=["post", "edit"])
def test_an_answer_that_waited_for_the_stop_of_its_study_is_refused_by_the_new_state(scene, state, is_edit):
    if is_edit:
        scene.post()
    with transaction.atomic():
        scene.move(state)()
        answer = Aside(scene.edit if is_edit else scene.post)
        assert answer.is_waiting()
    fault = answer.ended()
    assert isinstance(fault, Locked)
    assert str(fault) == f"This reader study is {state} and takes no answers."
    assert given() == (["seen"] if is_edit else [])
    assert AuditEntry.objects.filter(target_kind="answer").count() == len(given())
    assert not list(audit.verify())


@pytest.mark.parametrize("is_edit", [False, True], ids=["post", "edit"])
def test_an_answer_that_waited_for_a_stop_that_failed_is_taken(scene, is_edit):
    if is_edit:
        scene.post()
    with transaction.atomic():
        scene.move("closed")()
        answer = Aside(scene.edit if is_edit else scene.post)
        assert answer.is_waiting()
        transaction.set_rollback(True)
    assert answer.ended() is None
    assert given() == ["seen again" if is_edit else "seen"]


def test_an_answer_that_waited_for_a_change_of_settings_is_taken(scene):
    with transaction.atomic():
        studies.change_study(accounts.to_actor(scene.editor), study_id=scene.study.pk, changes={"title": "Another"})
        answer = Aside(scene.post)
        assert answer.is_waiting()
    assert answer.ended() is None
    assert given() == ["seen"]


def test_an_answer_to_a_study_that_is_deleted_meanwhile_finds_nothing(scene):
    with transaction.atomic():
        scene.delete()
        answer = Aside(scene.post)
        assert answer.is_waiting()
    assert isinstance(answer.ended(), NotFound)
    assert given() == []


def test_an_answer_under_way_keeps_its_study_from_being_deleted(scene):
    with transaction.atomic():
        scene.post()
        delete = Aside(scene.delete)
        assert delete.is_waiting()
    assert isinstance(delete.ended(), Locked)
    assert given() == ["seen"]


def test_readers_of_one_study_do_not_wait_for_each_other(scene):
    if connection.vendor == "sqlite":
        pytest.skip("one transaction writes at a time")
    with transaction.atomic():
        scene.post()
        other = Aside(lambda: scene.post(scene.colleague))
        assert other.ended() is None
    assert len(given()) == 2


def test_a_study_is_closed_amid_readers_who_never_stop(scene):
    """The stop finds its turn, and what was answered before it is all that is there."""
    study, kept, faults = scene.study, [], []
    question = study.questions.get()
    sets = [factories.make_display_set(study) for _ in range(400)]

    def read(number):
        actor = accounts.to_actor([scene.reader, scene.colleague][number % 2])
        for display_set in sets[number // 2 :: 2]:
            try:
                draft = Draft(value="x")
                answers.record_answer(actor, question_id=question.pk, display_set_id=display_set.pk, draft=draft)
                kept.append(1)
            except Locked as error:
                faults.append(error)
                return

    readers = [Aside(lambda number=number: read(number)) for number in range(4)]
    while len(kept) < 20:
        assert any(reader.is_alive() for reader in readers), [reader.fault for reader in readers]
        time.sleep(0.01)
    stop = Aside(scene.move("closed"))
    assert stop.ended() is None
    count = Answer.objects.count()
    assert [reader.ended() for reader in readers] == [None] * 4
    assert Answer.objects.count() == count == len(kept) < 800
    assert len(faults) == 4
